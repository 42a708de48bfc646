import Store
import Synchronization

/// Events that are to be written soon by somebody else than who tells them; all that have gathered go into one commit.
final class EventQueue: Sendable {
    /// Events that may wait before new ones are dropped.
    static let limit = 10_000

    private let waiting = Mutex<[EventDraft]>([])
    private let signal = ChangeSignal()

    /// False, and nothing is added, when too many wait.
    func add(_ draft: EventDraft) -> Bool {
        let isIn = waiting.withLock { waiting in
            guard waiting.count < Self.limit else { return false }
            waiting.append(draft)
            return true
        }
        if isIn { signal.fire() }
        return isIn
    }

    /// Everything that waits, in order; empties the queue.
    func take() -> [EventDraft] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    /// A mark of the moment, for ``wait(after:)``.
    var mark: UInt64 { signal.mark }

    /// Returns when something was added after `mark`.
    /// - Throws: `CancellationError`.
    func wait(after mark: UInt64) async throws { try await signal.wait(after: mark) }
}
