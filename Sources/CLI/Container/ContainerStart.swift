import ArgumentParser
import Operations

/// `capstan container start`
struct ContainerStart: ContainerOrder {
    static let done = "started"
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start containers.",
        discussion: .flowing(
            """
            Example:
              capstan container start web db
            """))

    @Argument(help: "Ids, names, or unique beginnings of ids.", completion: .containers) var containers: [String] = []
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await runAll() }

    func order(_ place: ContainerPlace, _ connector: HubConnector, _ deadline: Deadline) async throws {
        _ = try await connector.ask(
            ContainerOperations.start, ContainerRef(container: place.container), node: place.node, until: deadline)
    }
}
