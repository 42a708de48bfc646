import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Operations

/// `capstan node list`
struct NodeList: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The nodes, by name.",
        discussion: .flowing(
            """
            With --quiet each line names a node as other commands take it: by its name, and by its id where the name is the
            id of another node.

            Example:
              capstan node list
              capstan node list --label gpu=true -o json
            """))

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only nodes with this label; repeatable: k=v, k!=v, k, !k.", valueName: "selector"))
    var labels: [String] = []

    @OptionGroup var global: GlobalOptions

    /// Nodes in a page: many pages, so that the hub makes one while another is read, but few looks through its nodes.
    private static let pageSize = 2_000

    func run() async throws {
        let selector = try LabelSelector(parsing: labels)
        let wanted = labels.isEmpty ? nil : selector.texts
        let nodes = try await pages(NodeOperations.list) {
            NodeListInput(labels: wanted, limit: Self.pageSize, cursor: $0)
        }
        let printer = global.printer
        try await printer.list(
            try nodes.map { try $0.shown() }, names: NodeView.references(nodes),
            empty: labels.isEmpty
                ? "no nodes yet; make a token with: capstan token create" : "no node has the labels \(selector)"
        ) {
            Table(
                [
                    .init("NAME"), .init("STATE"), .init("LABELS"), .init("CPUS", isNumber: true),
                    .init("MEMORY", isNumber: true), .init("RUNNING", isNumber: true), .init("LAST SEEN"), .init("ID"),
                ],
                rows: nodes.map { node in
                    [
                        .init(node.name), .init(node.stateText, .state(node.state)), .init(LabelText.line(node.labels)),
                        .init(node.cpus.map { "\($0)" }), .init(node.memory.map { ByteSize.string($0) }),
                        .init("\(node.attempts)"), .init(printer.ago(node.lastSeen)), .init(node.id, .faint),
                    ]
                })
        }
    }
}
