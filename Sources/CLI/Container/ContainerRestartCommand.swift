import ArgumentParser
import Operations

/// `capstan container restart`
struct ContainerRestartCommand: ContainerOrder {
    static let done = "restarted"
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Stop containers and start them again.",
        discussion: .flowing(
            """
            Example:
              capstan container restart web
            """))

    @Argument(help: "Ids, names, or unique beginnings of ids.", completion: .containers) var containers: [String] = []
    @Option(name: [.short, .long], help: ArgumentHelp("Seconds until SIGKILL; mostly 10.", valueName: "seconds"))
    var time: Int?
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await runAll() }

    func order(_ place: ContainerPlace, _ connector: HubConnector, _ deadline: Deadline) async throws {
        _ = try await connector.ask(
            ContainerOperations.restart, ContainerStopInput(container: place.container, timeoutSeconds: time),
            node: place.node, until: deadline)
    }
}
