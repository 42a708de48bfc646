import ArgumentParser
import CallProtocol
import Formats
import Glibc
import Operations

/// `capstan container stats`
struct ContainerStatsCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "What containers use, every second.",
        discussion: .flowing(
            """
            On a terminal the table is drawn anew each second until Ctrl-C; elsewhere, and with --once, it is written
            once. With -o json each line is one container at one moment.

            Example:
              capstan container stats web db
              capstan container stats --once --node gpu-1
            """))

    @Argument(help: "Ids, names, or unique beginnings of ids; left out, all that run.", completion: .containers)
    var containers: [String] = []
    @Flag(help: "Once, and no more.") var once = false
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let watched = try await watched(connector, deadline)
        guard !watched.isEmpty else { return global.printer.notice("no containers run") }
        let calls = try await connector.connection(until: deadline).calls
        let isLive = !once && (global.output != .table || isatty(1) == 1)
        try await StatsBoard(printer: global.printer, isLive: isLive, deadline: deadline).run(watched, calls)
        await connector.close()
    }

    /// What is looked at: what was named, else all that runs.
    private func watched(_ connector: HubConnector, _ deadline: Deadline) async throws -> [StatsBoard.Watched] {
        var watched: [StatsBoard.Watched] = []
        for name in containers {
            let place = try await choice.find(name, connector, until: deadline)
            watched.append(.init(name: name, node: place.node, container: place.container))
        }
        guard containers.isEmpty else { return watched }
        let all = try await FleetNode.matching(.everything, connector, until: deadline)
        let nodes = all.filter { choice.node == nil || $0.id == choice.node || $0.name == choice.node }
        let answers = try await FleetQuery(operation: ContainerOperations.list, input: ContainerListInput())
            .run(on: nodes, connector, until: deadline)
        answers.tellSilent()
        return answers.good.flatMap { answer in
            answer.output.containers.map { .init(name: $0.name, node: answer.node.id, container: $0.id) }
        }
    }
}
