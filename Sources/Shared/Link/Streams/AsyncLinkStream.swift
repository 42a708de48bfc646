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
    /// How long a reset waits for what was written before it.
    private static let patience = TimeAmount.seconds(10)
    private static let cancelled = StreamFailure(.aborted, "the task was cancelled")

    package let assembly: AssemblyBudget
    package var eventLoop: (any EventLoop)? { loop }
    private let loop: any EventLoop
    private let state = Mutex(State())

    private struct State {
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
    init(eventLoop: any EventLoop, assembly: AssemblyBudget) {
        loop = eventLoop
        self.assembly = assembly
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
private struct Waiting {
    var reader: CheckedContinuation<Void, Never>?
    var watcher: (@Sendable () -> Void)?

    func tell() {
        reader?.resume()
        watcher?()
    }
}

// MARK: - Tasks

extension AsyncLinkStream {
    package func read() async throws(StreamFailure) -> ByteBuffer? {
        while true {
            switch readNow() {
            case .bytes(let bytes): return bytes
            case .ended: return nil
            case .failed(let failure): throw failure
            case .nothing: break
            }
            if Task.isCancelled { throw Self.cancelled }
            await waitToRead()
        }
    }

    package func readNow() -> StreamReading {
        let (reading, credit) = state.withLock { state -> (StreamReading, Int) in
            if state.inbound.readableBytes > 0 {
                let bytes = state.inbound
                state.inbound = ByteBuffer()
                state.uncredited += bytes.readableBytes
                let credit = state.uncredited >= state.creditBatch ? state.uncredited : 0
                state.uncredited -= credit
                return (.bytes(bytes), credit)
            }
            if let failure = state.failure { return (.failed(failure), 0) }
            return (state.ended ? .ended : .nothing, 0)
        }
        if credit > 0 { returnCredit(credit) }
        return reading
    }

    package func whenReadable(_ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.isReadable { return false }
            state.watcher = body
            return true
        }
    }

    /// Returns when there is something to read, or the task was cancelled.
    private func waitToRead() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isReadable { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
                // A cancellation before the line above found no reader to wake.
                if Task.isCancelled { wakeReader() }
            }
        } onCancel: {
            wakeReader()
        }
    }

    private func wakeReader() {
        state.withLock { $0.reader.take() }?.resume()
    }

    package var hasEnded: Bool {
        state.withLock { $0.ended && $0.inbound.readableBytes == 0 }
    }

    package func write(_ bytes: ByteBuffer) async throws(StreamFailure) {
        let (failure, isFull, mustSchedule) = state.withLock { state -> (StreamFailure?, Bool, Bool) in
            if let failure = state.failure { return (failure, false, false) }
            guard !state.finishWanted, state.resetBehind == nil else { return (nil, false, false) }
            state.queue(bytes)
            return (nil, state.pendingBytes > Self.writeLimit, state.schedule())
        }
        if let failure { throw failure }
        if mustSchedule { scheduleFlush() }
        guard isFull else { return }
        await waitToWrite()
        if let failure = state.withLock({ $0.failure }) { throw failure }
        if Task.isCancelled { throw Self.cancelled }
    }

    package func writeNow(_ bytes: ByteBuffer) -> Bool {
        let (isTaken, mustSchedule) = state.withLock { state -> (Bool, Bool) in
            guard state.failure == nil, !state.finishWanted, state.resetBehind == nil,
                state.hasRoom || state.pendingBytes + bytes.readableBytes <= Self.writeLimit
            else { return (false, false) }
            state.queue(bytes)
            return (true, state.schedule())
        }
        if mustSchedule { scheduleFlush() }
        return isTaken
    }

    package func whenWritable(_ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.hasRoom || state.failure != nil { return false }
            state.roomWatcher = body
            return true
        }
    }

    /// Returns when there is room to write, or the task was cancelled.
    private func waitToWrite() async {
        let number = state.withLock { state in
            state.nextWriter += 1
            return state.nextWriter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.pendingBytes > Self.writeLimit, state.failure == nil else { return true }
                    state.writers[number] = continuation
                    return false
                }
                if isReady { continuation.resume() }
                if Task.isCancelled { wakeWriter(number) }
            }
        } onCancel: {
            wakeWriter(number)
        }
    }

    private func wakeWriter(_ number: UInt64) {
        state.withLock { $0.writers.removeValue(forKey: number) }?.resume()
    }

    package func finish() {
        let mustSchedule = state.withLock { state in
            state.finishWanted = true
            return state.schedule()
        }
        if mustSchedule { scheduleFlush() }
    }

    package func reset(_ code: LinkCode, _ reason: String) {
        let mustSchedule = state.withLock { state in
            guard state.failure == nil, state.resetWanted == nil, !state.isComplete else { return false }
            state.resetWanted = (code, reason)
            return state.schedule()
        }
        streamFailed(StreamFailure(code, reason))
        if mustSchedule { scheduleFlush() }
    }

    package func resetBehind(_ code: LinkCode, _ reason: String, then body: @escaping @Sendable () -> Void) {
        let waits = state.withLock { state in
            guard state.failure == nil, state.resetBehind == nil, state.pendingBytes > 0 else { return false }
            state.resetBehind = (code, reason, body)
            return true
        }
        if waits {
            loop.scheduleTask(in: Self.patience) { self.resetNow() }
        } else {
            reset(code, reason)
            body()
        }
    }

    private func resetNow() {
        guard let (code, reason, told) = state.withLock({ $0.resetBehind.take() }) else { return }
        reset(code, reason)
        told()
    }

    package func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void) {
        let failure = state.withLock { state in
            if state.failure == nil { state.onFailure.append(body) }
            return state.failure
        }
        if let failure { body(failure) }
    }

    private func returnCredit(_ bytes: Int) {
        loop.execute {
            guard let stream = self.state.withLock({ $0.stream })?.value else { return }
            stream.consumed(bytes)
            let batch = Self.creditBatch(of: stream)
            self.state.withLock { $0.creditBatch = batch }
        }
    }

    /// How much may be read before credit is returned: never more than a quarter of the window is held back, or a
    /// small one would not open again; a large one costs fewer turns of the event loop. Event loop only.
    private static func creditBatch(of stream: LinkStream) -> Int {
        max(1, min(128 * 1024, stream.window.size / 4))
    }

    private func scheduleFlush() {
        if loop.inEventLoop { flushOnLoop() } else { loop.execute { self.flushOnLoop() } }
    }
}

// MARK: - Event loop

extension AsyncLinkStream {
    private func flushOnLoop() {
        let (stream, outbox, finish, reset) = state.withLock { state in
            state.isFlushScheduled = false
            defer { state.outbox = [] }
            return (state.stream, state.outbox, state.finishWanted, state.resetWanted)
        }
        guard let stream = stream?.value else { return }
        if let reset { return stream.reset(reset.0, reset.1) }
        for bytes in outbox { stream.write(bytes) }
        if finish { stream.end() }
    }

    package func streamReceived(_ bytes: ByteBuffer) {
        let waiting = state.withLock { state -> Waiting? in
            // After a reset of ours nobody reads any more.
            guard state.failure == nil else { return nil }
            if state.inbound.readableBytes == 0 {
                state.inbound = bytes
            } else {
                state.inbound.writeImmutableBuffer(bytes)
            }
            return state.takeReader()
        }
        waiting?.tell()
    }

    package func streamEnded() {
        let waiting = state.withLock { state in
            state.ended = true
            return state.takeReader()
        }
        waiting.tell()
    }

    package func streamSent(_ bytes: Int) {
        let (isDue, writers, watcher) = state.withLock { state in
            state.pendingBytes -= bytes
            let isDue = state.pendingBytes == 0 && state.resetBehind != nil
            guard state.hasRoom else {
                return (isDue, [UInt64: CheckedContinuation<Void, Never>](), (@Sendable () -> Void)?.none)
            }
            defer { state.writers = [:] }
            return (isDue, state.writers, state.roomWatcher.take())
        }
        for writer in writers.values { writer.resume() }
        watcher?()
        // In a turn of its own: whoever tells this is at its streams.
        if isDue { loop.execute { self.resetNow() } }
    }

    /// The end before its time, by the peer, by us or by the loss of the link. The first one counts.
    package func streamFailed(_ failure: StreamFailure) {
        let (waiting, writers, callbacks) = state.withLock { state in
            var writers: [CheckedContinuation<Void, Never>] = []
            var callbacks: [@Sendable (StreamFailure) -> Void] = []
            guard state.failure == nil, !state.isComplete else { return ([Waiting](), writers, callbacks) }
            state.failure = failure
            writers = Array(state.writers.values)
            callbacks = state.onFailure
            (state.writers, state.outbox, state.onFailure) = ([:], [], [])
            if let behind = state.resetBehind.take() { callbacks.append { _ in behind.2() } }
            return ([state.takeReader(), Waiting(watcher: state.roomWatcher.take())], writers, callbacks)
        }
        for one in waiting { one.tell() }
        for writer in writers { writer.resume() }
        for callback in callbacks { callback(failure) }
    }
}
