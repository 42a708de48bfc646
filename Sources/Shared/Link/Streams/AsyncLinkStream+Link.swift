package import CallProtocol
package import NIOCore
import Synchronization

/// What the link tells, and what it is given. Event loop only.
extension AsyncLinkStream {
    func flushOnLoop() {
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
