import ArgumentParser
import Operations

/// `capstan container remove`
struct ContainerRemove: ContainerOrder {
    static let done = "removed"
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove containers.",
        discussion: .flowing(
            """
            Example:
              capstan container remove web
              capstan container remove --force --volumes db
            """))

    @Argument(help: "Ids, names, or unique beginnings of ids.", completion: .containers) var containers: [String] = []
    @Flag(name: [.short, .long], help: "Also those that run; they are killed.") var force = false
    @Flag(help: "Their anonymous volumes too.") var volumes = false
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await runAll() }

    func order(_ place: ContainerPlace, _ connector: HubConnector, _ deadline: Deadline) async throws {
        let input = ContainerRemoveInput(
            container: place.container, force: force ? true : nil, volumes: volumes ? true : nil)
        _ = try await connector.ask(ContainerOperations.remove, input, node: place.node, until: deadline)
    }
}
