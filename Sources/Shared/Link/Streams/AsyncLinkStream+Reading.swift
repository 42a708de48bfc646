package import CallProtocol
package import NIOCore
import Synchronization

/// What the stream's user reads. From any thread.
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

    package var failure: StreamFailure? { state.withLock { $0.failure } }

    package var hasEnded: Bool {
        state.withLock { $0.ended && $0.inbound.readableBytes == 0 }
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
    static func creditBatch(of stream: LinkStream) -> Int {
        max(1, min(128 * 1024, stream.window.size / 4))
    }
}
