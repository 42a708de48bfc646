import ArgumentParser
import Operations

/// `capstan node approve`
struct NodeApprove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Let a pending node serve.",
        discussion: .flowing(
            """
            Nodes are pending when their token was made with --approve.

            Example:
              capstan node approve gpu-1
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(NodeOperations.approve, NodeRef(node: node))
        let printer = global.printer
        try await printer.value(try view.shown()) { CellText.line("\(view.name) is \(view.stateText)") + "\n" }
    }
}
