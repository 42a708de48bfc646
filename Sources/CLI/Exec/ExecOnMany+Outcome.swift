import CallProtocol
import Operations

extension ExecOnMany {
    /// What became of one node.
    struct Outcome: Sendable {
        /// The node's name.
        var node: String
        var exit: SessionExit?
        /// Why there is no exit.
        var error: CallError?

        /// Whether the program was accepted there.
        var wasOpened = false

        /// Whether the node took the call up, whatever came of it.
        var answered: Bool {
            exit != nil || wasOpened || error.map { $0.code != .unavailable && $0.code != .timeout } ?? false
        }
        var code: Int32 { exit?.processCode ?? error?.code.exitCode ?? 1 }
    }
}
