import ArgumentParser
import Operations

/// `capstan node undrain`
struct NodeUndrain: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Place workloads on a node again.",
        discussion: .flowing(
            """
            Takes effect with the next placement.

            Example:
              capstan node undrain gpu-1
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(NodeOperations.undrain, NodeRef(node: node))
        let printer = global.printer
        try await printer.value(try view.shown()) { CellText.line("\(view.name) is \(view.stateText)") + "\n" }
    }
}
