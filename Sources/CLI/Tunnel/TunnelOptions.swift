import ArgumentParser
import CallProtocol
import Operations

/// What a new tunnel is given.
struct TunnelOptions: ParsableArguments {
    @Option(help: "The node by which it goes.", completion: .nodes) var node: String?

    @Option(help: ArgumentHelp("Where it leads, as the node sees it.", valueName: "tcp://host:port")) var endpoint:
        String?

    @Option(help: "What people call it.") var label: String?

    @Option(help: "What it belongs to.") var project: String?

    @Option(help: "The port of the hub's range; a free one when left out.") var port: Int?

    @Option(
        name: .customLong("allow-from"),
        help: ArgumentHelp("Who may connect: an address or a network; repeatable.", valueName: "cidr"))
    var allowFrom: [String] = []

    /// The input that makes it.
    func input(node: String, endpoint: String) throws -> TunnelCreateInput {
        if let port, !(1...65_535 ~= port) { throw Failure.misuse("--port \(port) is no port") }
        var input = TunnelCreateInput(node: node, endpoint: endpoint)
        (input.label, input.project) = (label, project)
        input.expose = port.map { TunnelExpose(port: $0) }
        input.access = access
        return input
    }

    /// Whether nothing is said of a new tunnel but its endpoint.
    var isEmpty: Bool { node == nil && label == nil && project == nil && port == nil && allowFrom.isEmpty }

    /// Nil where nothing is said of it.
    var access: TunnelAccess? { allowFrom.isEmpty ? nil : TunnelAccess(allowFrom: allowFrom) }
}

extension CompletionKind {
    static var tunnels: CompletionKind { .shellCommand("capstan tunnel list --quiet 2>/dev/null") }
}
