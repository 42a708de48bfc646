package import CallProtocol
package import NIOCore
import Synchronization

/// A ``LinkStream`` for tasks: bytes cross from the event loop under one lock, waiters are resumed directly.
///
/// Nothing here costs a task or an actor hop a frame. Many writes between two turns of the event loop leave together.
package final class AsyncLinkStream: CallStream, StreamConsumer {
    /// Bytes that may wait for credit before ``write(_:)`` suspends.
    static let writeLimit = 256 * 1024

    package let assembly: AssemblyBudget
    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    private struct State {
        var stream: NIOLoopBound<LinkStream>?
        var inbound = ByteBuffer()
        var ended = false
        var failure: StreamFailure?
        var reader: CheckedContinuation<Void, Never>?
        var outbox: [ByteBuffer] = []
        var pendingBytes = 0
        var finishWanted = false
        var resetWanted: (LinkCode, String)?
        var isFlushScheduled = false
        var writer: CheckedContinuation<Void, Never>?
        var onFailure: [@Sendable (StreamFailure) -> Void] = []
        var uncredited = 0

        /// Notes that a flush is due; false when one is under way already or there is no stream to flush to yet.
        mutating func schedule() -> Bool {
            guard stream != nil, !isFlushScheduled else { return false }
            isFlushScheduled = true
            return true
        }
    }

    /// A stream that is yet to be opened; ``bind(_:)`` follows on the event loop.
    init(eventLoop: any EventLoop, assembly: AssemblyBudget) {
        self.eventLoop = eventLoop
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
        stream.consumer = self
        state.withLock { $0.stream = NIOLoopBound(stream, eventLoop: eventLoop) }
        flushOnLoop()
    }
}

// MARK: - Tasks

extension AsyncLinkStream {
    package func read() async throws(StreamFailure) -> ByteBuffer? {
        while true {
            let (result, credit) = state.withLock { state -> (Result<ByteBuffer?, StreamFailure>?, Int) in
                if state.inbound.readableBytes > 0 {
                    let bytes = state.inbound
                    state.inbound = ByteBuffer()
                    state.uncredited += bytes.readableBytes
                    let credit = state.uncredited >= 16 * 1024 ? state.uncredited : 0
                    state.uncredited -= credit
                    return (.success(bytes), credit)
                }
                if let failure = state.failure { return (.failure(failure), 0) }
                return (state.ended ? .success(nil) : nil, 0)
            }
            if credit > 0 { returnCredit(credit) }
            if let result { return try result.get() }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.inbound.readableBytes == 0, !state.ended, state.failure == nil else { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    package var hasEnded: Bool {
        state.withLock { $0.ended && $0.inbound.readableBytes == 0 }
    }

    package func write(_ bytes: ByteBuffer) async throws(StreamFailure) {
        let (failure, isFull, mustSchedule) = state.withLock { state -> (StreamFailure?, Bool, Bool) in
            if let failure = state.failure { return (failure, false, false) }
            guard !state.finishWanted else { return (nil, false, false) }
            state.outbox.append(bytes)
            state.pendingBytes += bytes.readableBytes
            return (nil, state.pendingBytes > Self.writeLimit, state.schedule())
        }
        if let failure { throw failure }
        if mustSchedule { scheduleFlush() }
        guard isFull else { return }
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                guard state.pendingBytes > Self.writeLimit, state.failure == nil else { return true }
                state.writer = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
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
            guard state.failure == nil, state.resetWanted == nil else { return false }
            state.resetWanted = (code, reason)
            return state.schedule()
        }
        fail(StreamFailure(code, reason), notify: false)
        if mustSchedule { scheduleFlush() }
    }

    package func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void) {
        let failure = state.withLock { state in
            if state.failure == nil { state.onFailure.append(body) }
            return state.failure
        }
        if let failure { body(failure) }
    }

    private func returnCredit(_ bytes: Int) {
        eventLoop.execute {
            self.state.withLock { $0.stream }?.value.consumed(bytes)
        }
    }

    private func scheduleFlush() {
        eventLoop.execute { self.flushOnLoop() }
    }
}

// MARK: - Event loop

extension AsyncLinkStream {
    private func flushOnLoop() {
        let (stream, outbox, finish, reset) = state.withLock { state -> (LinkStream?, [ByteBuffer], Bool, (LinkCode, String)?) in
            state.isFlushScheduled = false
            guard let stream = state.stream?.value else { return (nil, [], false, nil) }
            let outbox = state.outbox
            state.outbox = []
            return (stream, outbox, state.finishWanted, state.resetWanted)
        }
        guard let stream else { return }
        if let reset {
            stream.reset(reset.0, reset.1)
            return
        }
        for bytes in outbox { stream.write(bytes) }
        if finish { stream.end() }
    }

    package func streamReceived(_ bytes: ByteBuffer) {
        let reader = state.withLock { state in
            if state.inbound.readableBytes == 0 {
                state.inbound = bytes
            } else {
                state.inbound.writeImmutableBuffer(bytes)
            }
            return state.reader.take()
        }
        reader?.resume()
    }

    package func streamEnded() {
        let reader = state.withLock { state in
            state.ended = true
            return state.reader.take()
        }
        reader?.resume()
    }

    package func streamFailed(_ failure: StreamFailure) {
        fail(failure, notify: true)
    }

    package func streamSent(_ bytes: Int) {
        let writer = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.pendingBytes -= bytes
            return state.pendingBytes <= Self.writeLimit / 2 ? state.writer.take() : nil
        }
        writer?.resume()
    }

    private func fail(_ failure: StreamFailure, notify: Bool) {
        let (waiters, callbacks) = state.withLock { state in
            guard state.failure == nil else { return ([CheckedContinuation<Void, Never>](), [@Sendable (StreamFailure) -> Void]()) }
            state.failure = failure
            state.outbox = []
            defer { state.onFailure = [] }
            return ([state.reader.take(), state.writer.take()].compactMap { $0 }, notify ? state.onFailure : [])
        }
        for waiter in waiters { waiter.resume() }
        for callback in callbacks { callback(failure) }
    }
}
