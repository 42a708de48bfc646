import Synchronization

/// Counts what is there, up to a bound.
final class BoundedCount: Sendable {
    private let count = Mutex(0)

    /// Counts one more; false, and not counted, past the bound.
    func take(atMost bound: Int) -> Bool {
        count.withLock { count in
            guard count < bound else { return false }
            count += 1
            return true
        }
    }

    func give() { count.withLock { $0 -= 1 } }
}
