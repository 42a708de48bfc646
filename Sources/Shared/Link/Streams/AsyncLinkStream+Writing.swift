package import CallProtocol
package import NIOCore
import Synchronization

/// What the stream's user writes, and how they end it. From any thread.
extension AsyncLinkStream {
    /// How long a reset waits for what was written before it.
    private static let patience = TimeAmount.seconds(10)

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

    package func flush() {
        guard loop.inEventLoop else { return }
        state.withLock { $0.stream }?.value.flush()
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

    func resetNow() {
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

    private func scheduleFlush() {
        if loop.inEventLoop { flushOnLoop() } else { loop.execute { self.flushOnLoop() } }
    }
}
