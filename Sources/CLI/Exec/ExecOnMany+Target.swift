import CallProtocol
import Operations

extension ExecOnMany {
    /// A node to run on: called by its id, which no other node can be meant by, and shown by its name.
    struct Target: Hashable, Sendable {
        let id: String
        let name: String
    }

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
