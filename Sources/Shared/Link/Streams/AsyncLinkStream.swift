package import CallProtocol
package import NIOCore
import Synchronization

/// A ``LinkStream`` for tasks: bytes cross from the event loop under one lock, waiters are resumed directly.
///
/// Nothing here costs a task or an actor hop a frame. Many writes between two turns of the event loop leave together.
package final class AsyncLinkStream: CallStream, StreamConsumer {
    /// Bytes that may wait for credit before ``write(_:)`` suspends.
    static let writeLimit = 256 * 1024
    /// Writes below this length are joined, up to ``joinedLength``, so that a queue of many costs what its bytes do.
    private static let smallWrite = 1024
    private static let joinedLength = 16 * 1024
    static let cancelled = StreamFailure(.aborted, "the task was cancelled")

    package let assembly: AssemblyBudget
    package var eventLoop: (any EventLoop)? { loop }
    let loop: any EventLoop
    let state = Mutex(State())

    struct State {
        var stream: NIOLoopBound<LinkStream>?
        var inbound = ByteBuffer()
        var ended = false
        var failure: StreamFailure?
        var reader: CheckedContinuation<Void, Never>?
        var watcher: (@Sendable () -> Void)?
        var outbox: [ByteBuffer] = []
        var pendingBytes = 0
        var finishWanted = false
        var resetWanted: (LinkCode, String)?
        /// The reset that waits for what was written to be sent, and who waits for the reset.
        var resetBehind: (LinkCode, String, @Sendable () -> Void)?
        var isFlushScheduled = false
        /// More than one where a deadline's answer is written while the handler waits.
        var writers: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWriter: UInt64 = 0
        /// Who is to hear that there is room.
        var roomWatcher: (@Sendable () -> Void)?
        var onFailure: [@Sendable (StreamFailure) -> Void] = []
        var uncredited = 0
        /// Bytes read that are worth a CREDIT.
        var creditBatch = 1

        /// Whether there is something to read, if only the end.
        var isReadable: Bool { inbound.readableBytes > 0 || ended || failure != nil }

        /// Who is to hear that there is something to read.
        mutating func takeReader() -> Waiting { Waiting(reader: reader.take(), watcher: watcher.take()) }

        /// Whether there is room again after there was none.
        var hasRoom: Bool { pendingBytes <= AsyncLinkStream.writeLimit / 2 }

        /// Whether both halves have ended well.
        var isComplete: Bool { ended && finishWanted && pendingBytes == 0 && failure == nil }

        mutating func queue(_ bytes: ByteBuffer) {
            pendingBytes += bytes.readableBytes
            if bytes.readableBytes < AsyncLinkStream.smallWrite, let last = outbox.indices.last,
                outbox[last].readableBytes < AsyncLinkStream.joinedLength
            {
                outbox[last].writeImmutableBuffer(bytes)
            } else {
                outbox.append(bytes)
            }
        }

        /// Notes that a flush is due; false when one is under way already or there is no stream to flush to yet.
        mutating func schedule() -> Bool {
            guard stream != nil, !isFlushScheduled else { return false }
            isFlushScheduled = true
            return true
        }
    }

    /// A stream that is yet to be opened; ``bind(_:)`` follows on the event loop.
    /// - Parameter opening: the first that it says.
    init(eventLoop: any EventLoop, assembly: AssemblyBudget, opening: ByteBuffer? = nil) {
        loop = eventLoop
        self.assembly = assembly
        if let opening { state.withLock { $0.queue(opening) } }
    }

    /// Takes over an accepted stream. Event loop only.
    ///
    /// - Parameters:
    ///   - received: bytes another consumer was given before and has not marked as consumed.
    ///   - ended: whether the peer's END has come already.
    package convenience init(_ stream: LinkStream, received: ByteBuffer = ByteBuffer(), ended: Bool = false) {
        self.init(eventLoop: stream.eventLoop, assembly: stream.assembly)
        state.withLock { state in
            state.inbound = received
            state.ended = ended
        }
        bind(stream)
    }

    /// Joins this to its stream and sends what was written before. Event loop only.
    func bind(_ stream: LinkStream) {
        guard !stream.isClosed else { return streamFailed(.linkLost) }
        stream.consumer = self
        state.withLock { state in
            state.stream = NIOLoopBound(stream, eventLoop: loop)
            state.creditBatch = Self.creditBatch(of: stream)
        }
        flushOnLoop()
    }
}

/// Who waits for something to read: a task, or a closure.
struct Waiting {
    var reader: CheckedContinuation<Void, Never>?
    var watcher: (@Sendable () -> Void)?

    func tell() {
        reader?.resume()
        watcher?()
    }
}
