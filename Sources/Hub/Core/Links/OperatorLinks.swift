import Synchronization

/// How many links each operator holds.
final class OperatorLinks: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// Counts one more; false, and not counted, past the limit.
    func take(_ peer: String, limit: Int) -> Bool {
        counts.withLock { counts in
            guard counts[peer, default: 0] < limit else { return false }
            counts[peer, default: 0] += 1
            return true
        }
    }

    func give(back peer: String) {
        counts.withLock { counts in
            let left = (counts[peer] ?? 1) - 1
            counts[peer] = left > 0 ? left : nil
        }
    }

    var total: Int { counts.withLock { $0.values.reduce(0, +) } }
}
