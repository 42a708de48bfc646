import CallProtocol
package import Link
import Operations
import Synchronization

/// Calls of its own to the hub.
extension SpokeAgent {
    /// The link that stands, or the next one.
    /// - Throws: `CancellationError`; `UNAVAILABLE` when there will be none.
    package func link() async throws -> Link {
        let ticket = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Link, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.isOver { return .failure(Self.over) }
                    if let link = state.links.last, link.farewell == nil { return .success(link) }
                    state.waiting[ticket] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(throwing: CancellationError())
        }
    }

    /// The hub has accepted a link.
    func stands(_ link: Link) {
        let waiting = state.withLock { state in
            state.links.append(link)
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiter in waiting.values { waiter.resume(returning: link) }
    }

    /// No link follows.
    func endWaiting() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiter in waiting.values { waiter.resume(throwing: Self.over) }
    }

    private static let over = CallError(.unavailable, "the link is closing")
}
