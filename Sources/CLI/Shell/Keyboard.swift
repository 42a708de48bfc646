import NIOCore
import Synchronization

/// What was typed and is not sent yet. One task takes; any may add or drop.
///
/// Reading goes on while a program takes nothing, so that the keys for us, and Ctrl-C, are still found.
final class Keyboard: Sendable {
    private struct State {
        var waiting = ByteBuffer()
        var isClosed = false
        var taker: CheckedContinuation<ByteBuffer?, Never>?
    }

    /// Bytes that are kept, at most: more than anyone types or pastes.
    static let most = 16 << 20
    private static let portion = 64 << 10
    private let state = Mutex(State())

    /// Adds what was typed; false where there is no room, and nothing was added.
    func add(_ bytes: ByteBuffer) -> Bool {
        let (fits, taker) = state.withLock { state -> (Bool, CheckedContinuation<ByteBuffer?, Never>?) in
            guard state.waiting.readableBytes + bytes.readableBytes <= Self.most else { return (false, nil) }
            guard !state.isClosed else { return (true, nil) }
            if let taker = state.taker.take() { return (true, taker) }
            state.waiting.writeImmutableBuffer(bytes)
            return (true, nil)
        }
        taker?.resume(returning: bytes)
        return fits
    }

    /// Whether all that was added is sent.
    var isIdle: Bool { state.withLock { $0.taker != nil } }

    /// Throws away what waits, as a terminal does at Ctrl-C.
    func drop() { state.withLock { $0.waiting.clear() } }

    func close() {
        state.withLock { state in
            state.isClosed = true
            return state.taker.take()
        }?.resume(returning: nil)
    }

    /// What waits next, a portion of it so that the rest can be dropped; nil once it is closed.
    func take() async -> ByteBuffer? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: ByteBuffer?? = state.withLock { state in
                    guard !state.isClosed else { return .some(nil) }
                    if state.waiting.readableBytes > 0 {
                        let portion = min(Self.portion, state.waiting.readableBytes)
                        // Now and then, because what is left is moved for it.
                        defer { if state.waiting.readerIndex >= Self.most >> 3 { state.waiting.discardReadBytes() } }
                        return state.waiting.readSlice(length: portion).map { ByteBuffer(buffer: $0) }
                    }
                    state.taker = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            close()
        }
    }
}
