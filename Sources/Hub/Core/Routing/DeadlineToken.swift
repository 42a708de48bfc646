import Operations
import Synchronization

/// A deadline that is set on one event loop and cancelled on another.
final class DeadlineToken: Sendable {
    private let state = Mutex<DeadlineQueue.Token?>(nil)

    func set(_ token: DeadlineQueue.Token) { state.withLock { $0 = token } }

    func cancel(_ queue: DeadlineQueue) {
        let token = state.withLock { $0.take() }
        if let token { queue.cancel(token) }
    }
}
