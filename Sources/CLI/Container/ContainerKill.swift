import ArgumentParser
import Operations

/// `capstan container kill`
struct ContainerKill: ContainerOrder {
    static let done = "was sent the signal"
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Send a signal to the programs of containers.",
        discussion: .flowing(
            """
            Example:
              capstan container kill web
              capstan container kill --signal HUP web
            """))

    @Argument(help: "Ids, names, or unique beginnings of ids.", completion: .containers) var containers: [String] = []
    @Option(name: [.short, .long], help: "Which signal; KILL when left out.") var signal: String?
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await runAll() }

    func order(_ place: ContainerPlace, _ connector: HubConnector, _ deadline: Deadline) async throws {
        _ = try await connector.ask(
            ContainerOperations.kill, ContainerKillInput(container: place.container, signal: signal),
            node: place.node, until: deadline)
    }
}
