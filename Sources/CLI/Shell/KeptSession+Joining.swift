import CallProtocol
import NIOCore
import Operations
import Synchronization

/// Finding the way back after a loss.
extension KeptSession {
    /// After so long somebody is told why nothing moves.
    private static let patience = Duration.seconds(1)

    /// Whether the session may well go on: the link was lost, or the node or the hub is away.
    static func isLoss(_ error: CallError) -> Bool {
        [.unavailable, .aborted, .timeout].contains(error.code)
    }

    /// Joins the session again, however long it takes.
    /// - Throws: why it cannot be joined any more; `CancellationError`.
    func rejoin() async throws {
        try await turn.withLock {
            let start = ContinuousClock.now
            var pause = RetryPause(first: 0.05, limit: 2)
            var isTold = false
            while true {
                do {
                    try await join()
                    if isTold { StandardError.write("[capstan: back on \(nodeName)]\r\n") }
                    return
                } catch let error as CallError {
                    guard Self.isLoss(error), !state.withLock({ $0.isOver }) else { throw error }
                }
                if !isTold, start.duration(to: .now) > Self.patience {
                    isTold = true
                    StandardError.write("\r\n[capstan: the link to \(nodeName) is lost; trying again, ~. leaves]\r\n")
                }
                try await Task.sleep(for: .seconds(pause.take()))
            }
        }
    }

    private func join() async throws {
        let connection = try await connector.connection()
        let (place, writer, size) = state.withLock { ($0.place, $0.writer, $0.size) }
        // Who was replaced does not take it back by the way.
        let writes = mayWrite
        let input = TTYAttachInput(session: id, offset: place, write: writes, writer: writes ? writer : nil)
        let (opened, stream) = try await connection.calls.session(
            TTYOperations.attach, input, .init(node: .named(node)))
        let session = ExecSession(opened, stream)
        let isSame = opened.writer == writer
        let rest = state.withLock { state in
            state.current = session
            state.writer = writes ? opened.writer ?? writer : nil
            // Where somebody else has written meanwhile, nobody knows what of ours came before.
            let rest = isSame ? state.input.rest(from: opened.stdinOffset) : ByteBuffer()
            state.input = SentInput(from: opened.stdinOffset)
            state.input.add(rest)
            return rest
        }
        if !isSame, opened.writer != nil {
            StandardError.write("\r\n[capstan: somebody else has written here meanwhile]\r\n")
        }
        // A link that is lost again at once is the next round's.
        if rest.readableBytes > 0 { try? await session.resend(rest) }
        if isWriter, let size { try? await session.resize(size) }
    }
}

extension ExecSession {
    /// Sends again what was sent before: there was room for it.
    fileprivate func resend(_ bytes: ByteBuffer) async throws(StreamFailure) {
        var rest = bytes
        while let piece = rest.readSlice(length: min(rest.readableBytes, Chunk.preferredLength)),
            piece.readableBytes > 0
        { try await pass(piece) }
    }
}
