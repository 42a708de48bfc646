import Synchronization

/// Calls that are made again and again and say the same each time: written down when they begin, and once in a while.
final class RepeatedCalls: Sendable {
    static let pause: Int64 = 600_000
    /// Different ones that are remembered; past that all are forgotten, and written again.
    static let most = 10_000

    private let written = Mutex<[[String]: Int64]>([:])
    private let monotonic: @Sendable () -> Int64

    /// - Parameter monotonic: milliseconds that never go back.
    init(monotonic: @escaping @Sendable () -> Int64) { self.monotonic = monotonic }

    /// Whether a call is written down: the first that says this, and one in each ``pause``.
    func admits(_ words: [String]) -> Bool {
        let now = monotonic()
        return written.withLock { written in
            if let last = written[words], now - last < Self.pause { return false }
            if written.count >= Self.most { written.removeAll(keepingCapacity: true) }
            written[words] = now
            return true
        }
    }
}
