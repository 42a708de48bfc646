import ArgumentParser
import Operations

/// `capstan node show`
struct NodeShow: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One node with its facts and last status.",
        discussion: .flowing(
            """
            Example:
              capstan node show gpu-1
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(NodeOperations.show, NodeRef(node: node))
        let printer = global.printer
        try await printer.value(try view.shown()) { view.fields(printer).text(coloured: printer.isColoured) }
    }
}
