import ArgumentParser
import CallProtocol
import Operations

/// `capstan tunnel list`
struct TunnelList: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The tunnels, newest first.",
        discussion: .flowing(
            """
            Example:
              capstan tunnel list --node gpu-1
              capstan tunnel list -o json
            """))

    @Option(help: "Only those by this node.", completion: .nodes) var node: String?
    @Option(help: "Only those of this project.") var project: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (node, project) = (node, project)
        let tunnels = try await pages(TunnelOperations.list) { cursor in
            var input = TunnelListInput()
            (input.node, input.project, input.cursor) = (node, project, cursor)
            return input
        }
        let printer = global.printer
        try await printer.list(
            try tunnels.map { try JSONCoding.value(of: $0) }, names: tunnels.map { $0.label ?? $0.id },
            empty: "no tunnels"
        ) {
            Table(
                [
                    .init("LABEL"), .init("STATE"), .init("NODE"), .init("ENDPOINT"), .init("URL"), .init("CREATED"),
                    .init("ID"),
                ],
                rows: tunnels.map { tunnel in
                    [
                        .init(tunnel.label ?? "-"), .init(tunnel.state.rawValue), .init(tunnel.node),
                        .init(tunnel.endpoint), .init(tunnel.url), .init(printer.ago(tunnel.createdAt) ?? "-"),
                        .init(tunnel.id),
                    ]
                })
        }
    }
}
