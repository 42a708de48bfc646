import ArgumentParser
import Operations

/// `capstan container stop`
struct ContainerStop: ContainerOrder {
    static let done = "stopped"
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End the programs of containers: first gently, then by SIGKILL.",
        discussion: .flowing(
            """
            Example:
              capstan container stop web
              capstan container stop --time 60 db
            """))

    @Argument(help: "Ids, names, or unique beginnings of ids.", completion: .containers) var containers: [String] = []
    @Option(name: [.short, .long], help: ArgumentHelp("Seconds until SIGKILL; mostly 10.", valueName: "seconds"))
    var time: Int?
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await runAll() }

    func order(_ place: ContainerPlace, _ connector: HubConnector, _ deadline: Deadline) async throws {
        _ = try await connector.ask(
            ContainerOperations.stop, ContainerStopInput(container: place.container, timeoutSeconds: time),
            node: place.node, until: deadline)
    }
}
