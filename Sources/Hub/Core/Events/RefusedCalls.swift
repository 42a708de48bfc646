import Synchronization

/// Which refused calls are written down one by one: so many a minute of one caller, and of all, because refusing costs
/// the caller nothing and must not fill the log. The others are counted.
final class RefusedCalls: Sendable {
    static let perCaller = 30
    static let overall = 300
    static let window: Int64 = 60_000

    private struct State {
        var windowEnd: Int64 = 0
        /// Has no more callers than ``overall``: one more is counted only with a call that is written.
        var written: [String: Int] = [:]
        var total = 0
        var unwritten = 0
    }

    private let state = Mutex(State())
    private let monotonic: @Sendable () -> Int64

    /// - Parameter monotonic: milliseconds that never go back.
    init(monotonic: @escaping @Sendable () -> Int64) {
        self.monotonic = monotonic
    }

    /// Whether a refused call of this caller is written down; otherwise it is counted.
    func admits(_ caller: String) -> Bool {
        let now = monotonic()
        return state.withLock { state in
            if now >= state.windowEnd {
                (state.written, state.total, state.windowEnd) = ([:], 0, now + Self.window)
            }
            guard state.total < Self.overall, state.written[caller, default: 0] < Self.perCaller else {
                state.unwritten += 1
                return false
            }
            state.total += 1
            state.written[caller, default: 0] += 1
            return true
        }
    }

    /// How many were only counted since this was last asked.
    func takeUnwritten() -> Int {
        state.withLock { state in
            defer { state.unwritten = 0 }
            return state.unwritten
        }
    }
}
