import ArgumentParser
import CallProtocol
import Operations

/// `capstan node remove`
struct NodeRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a node out of the fleet.",
        discussion: .flowing(
            """
            Its links close at once and its key is refused from then on; to come back it has to be joined anew. Refused
            while workloads run there: drain it first, or use --force, which tells the node to end them.

            Example:
              capstan node remove gpu-1
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .nodes) var node: String

    @Flag(help: "Also while workloads run there: they are ended, and placed anew if they may be retried.")
    var force = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let removed = try await ask(NodeOperations.remove, NodeRemoval(node: node, force: force ? true : nil))
        let printer = global.printer
        if printer.format != .table { try await printer.value(try JSONCoding.value(of: removed)) { "" } }
        printer.notice("\(node) is removed")
        guard !removed.unreached.isEmpty else { return }
        let count = removed.unreached.count == 1 ? "a workload" : "\(removed.unreached.count) workloads"
        printer.notice("it could not be told to end \(count): what runs there has to be ended by hand")
    }
}
