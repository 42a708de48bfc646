import ArgumentParser
import Operations

/// `capstan node drain`
struct NodeDrain: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Place nothing more on a node.",
        discussion: .flowing(
            """
            What runs there runs to its end; the node is drained when nothing does.

            Example:
              capstan node drain gpu-1
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(NodeOperations.drain, NodeRef(node: node))
        let printer = global.printer
        try await printer.value(try view.shown()) { CellText.line("\(view.name) is \(view.stateText)") + "\n" }
    }
}
