import NIOCore
import Synchronization

/// What the caller has sent for a program's stdin and the program has not taken yet. Never more than the window.
final class StdinQueue: Sendable {
    private struct State {
        /// Bytes that were thrown away and are still to be acknowledged.
        var dropped = 0
        /// How often what waited was thrown away.
        var drops: UInt64 = 0
        var waiting = CircularBuffer<ByteBuffer>()
        /// Bytes received and not acknowledged.
        var unacknowledged = 0
        /// The last byte that was received.
        var last = UInt8(ascii: "\n")
        var isEnded = false
        var isClosed = false
        var reader: CheckedContinuation<ByteBuffer?, Never>?
    }

    /// Bytes that may be unacknowledged.
    let window: Int
    private let state = Mutex(State())

    init(window: Int) { self.window = window }

    /// Takes bytes in; false when the caller has sent more than the window allows. After the end they are dropped.
    func push(_ bytes: ByteBuffer) -> Bool {
        let (fits, reader) = state.withLock { state -> (Bool, CheckedContinuation<ByteBuffer?, Never>?) in
            guard !state.isEnded, !state.isClosed else { return (true, nil) }
            state.unacknowledged += bytes.readableBytes
            guard state.unacknowledged <= window else { return (false, nil) }
            state.last = bytes.readableBytesView.last ?? state.last
            if let reader = state.reader.take() { return (true, reader) }
            state.waiting.append(bytes)
            return (true, nil)
        }
        reader?.resume(returning: bytes)
        return fits
    }

    /// Whether whoever takes them waits for bytes: then those that come next may be written past the queue.
    var isIdle: Bool { state.withLock { $0.reader != nil } }

    /// So many bytes were written past the queue, this one at last.
    func passed(_ bytes: Int, last: UInt8) {
        state.withLock { state in
            state.unacknowledged += bytes
            state.last = last
        }
    }

    /// Whether the last byte that was received was no newline.
    var isInLine: Bool { state.withLock { $0.last != UInt8(ascii: "\n") } }

    func acknowledge(_ bytes: Int) {
        state.withLock { $0.unacknowledged -= bytes }
    }

    /// No more will come; what waits is still handed out.
    func end() {
        state.withLock { state in
            state.isEnded = true
            return state.reader.take()
        }?.resume(returning: nil)
    }

    /// Nobody wants it any more: what waits is dropped.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting = CircularBuffer()
            return state.reader.take()
        }?.resume(returning: nil)
    }

    /// Throws away what waits; more may come.
    func drop() {
        state.withLock { state in
            state.dropped += state.waiting.reduce(0) { $0 + $1.readableBytes }
            state.waiting = CircularBuffer()
            state.drops &+= 1
        }
    }

    /// How often what waited was thrown away: what was handed out before is of the same kind.
    var drops: UInt64 { state.withLock { $0.drops } }

    /// How much was thrown away since this was asked last.
    func takeDropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    /// Whether nobody wants it any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether something waits to be taken.
    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty } }

    /// The next bytes; nil at the end, when closed, and when the task is cancelled, which closes the queue.
    func next() async -> ByteBuffer? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: ByteBuffer?? = state.withLock { state in
                    if let bytes = state.waiting.popFirst() { return .some(bytes) }
                    if state.isEnded || state.isClosed { return .some(nil) }
                    state.reader = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            close()
        }
    }
}
