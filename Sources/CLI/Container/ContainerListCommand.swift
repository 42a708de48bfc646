import ArgumentParser
import CallProtocol
import Operations

/// `capstan container list`
struct ContainerListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Containers, of one node or of all.",
        discussion: .flowing(
            """
            Without --node it asks all nodes, and says which did not answer.

            Example:
              capstan container list
              capstan container list --all --node gpu-1 -o json
              capstan container list --label app=web
            """))

    @Option(help: "Only those of this node.", completion: .nodes) var node: String?

    @Flag(name: .customLong("all-nodes"), help: "Those of all nodes; so it is without --node.") var allNodes = false

    @Flag(name: [.short, .long], help: "Also those that do not run.") var all = false

    @Flag(help: "Only those that you made.") var owned = false

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only containers with this label; repeatable.", valueName: "key[=value]"))
    var labels: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard node == nil || !allNodes else {
            throw Failure.misuse("--node and --all-nodes are given; only one of them can say where")
        }
        let input = ContainerListInput(
            all: all ? true : nil, ownedOnly: owned ? true : nil, labels: labels.isEmpty ? nil : labels)
        try await list(ContainerOperations.list, input, on: node) { answers in
            try await show(answers.flatMap { node, list in list.containers.map { (node, $0) } })
        }
    }

    private func show(_ containers: [(node: String, view: ContainerView)]) async throws {
        let printer = global.printer
        try await printer.list(
            try containers.map { try $0.view.shown(on: $0.node) }, names: containers.map(\.view.name),
            empty: all ? "no containers" : "no containers run; --all shows the others"
        ) {
            Table(
                [
                    .init("NAME"), .init("NODE"), .init("IMAGE"), .init("STATE"), .init("PORTS"), .init("CREATED"),
                    .init("ID"),
                ],
                rows: containers.map { node, view in
                    [
                        .init(view.name), .init(node), .init(view.image),
                        .init(view.status ?? view.state, .state(view.state)), .init(view.portsText),
                        .init(printer.ago(view.createdAt)), .init(String(view.id.prefix(12)), .faint),
                    ]
                })
        }
    }
}
