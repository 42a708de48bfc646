import NIOCore
import Synchronization

/// One task at a time through a part that awaits, in the order in which they came.
final class AsyncLock: Sendable {
    private struct State {
        var isHeld = false
        var waiters = CircularBuffer<CheckedContinuation<Void, Never>>()
    }

    private let state = Mutex(State())

    /// Runs `body` when everyone before is through. Waiting is not ended by cancellation; the parts are short.
    func withLock<Result, Failure: Error>(
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        await lock()
        defer { unlock() }
        return try await body()
    }

    /// Runs `body` where nobody is before; nil where somebody is.
    func withLockNow<Result>(_ body: () -> Result) -> Result? {
        let isMine = state.withLock { state in
            guard !state.isHeld else { return false }
            state.isHeld = true
            return true
        }
        guard isMine else { return nil }
        defer { unlock() }
        return body()
    }

    private func lock() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                guard state.isHeld else {
                    state.isHeld = true
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isMine { continuation.resume() }
        }
    }

    private func unlock() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let next = state.waiters.popFirst() else {
                state.isHeld = false
                return nil
            }
            return next
        }
        next?.resume()
    }
}
