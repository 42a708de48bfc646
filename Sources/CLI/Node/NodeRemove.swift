import ArgumentParser
import CallProtocol
import Operations

/// `capstan node remove`
struct NodeRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a node out of the fleet.",
        discussion: """
            Its links close at once and its key is refused from then on; to come back it has to be joined anew.

            Example:
              capstan node remove gpu-1
            """)

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(NodeOperations.remove, NodeRef(node: node))
        let printer = global.printer
        if printer.format != .table { try await printer.value(["removed": .string(node)]) { "" } }
        printer.notice("\(node) is removed")
    }
}
