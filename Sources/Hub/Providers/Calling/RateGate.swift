import Synchronization

/// Keeps calls apart: by the least time between two of one operation, and by what the provider asked for.
final class RateGate: Sendable {
    private struct State {
        /// When an operation may be called next.
        var next: [String: ContinuousClock.Instant] = [:]
        /// Until when the provider wants no call at all.
        var pause: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// Takes the next turn, unless it is further away than `limit`.
    /// - Returns: how long to wait for it, or how long it would be.
    func take(
        _ operation: String, every interval: Duration, within limit: Duration, now: ContinuousClock.Instant
    ) -> Duration {
        state.withLock { state in
            var turn = max(now, state.pause ?? now)
            if interval > .zero { turn = max(turn, state.next[operation] ?? turn) }
            let wait = now.duration(to: turn)
            if interval > .zero, wait <= limit { state.next[operation] = turn + interval }
            return wait
        }
    }

    /// No call before then.
    func pause(until instant: ContinuousClock.Instant) {
        state.withLock { $0.pause = max($0.pause ?? instant, instant) }
    }
}
