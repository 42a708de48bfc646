import Synchronization

/// Many deadlines, one sleeping task: what every call needs and almost none uses.
///
/// Deadlines are rounded up to a tick of 50 ms. The task lives while there is something to wait for.
package final class DeadlineQueue: Sendable {
    package typealias Token = UInt64
    private static let tickMs: Int64 = 50
    /// Some 35 years: later is never.
    private static let longestMs: Int64 = 1 << 40

    private struct State {
        var ticks: [Int64: [Token: @Sendable () -> Void]] = [:]
        var tickOf: [Token: Int64] = [:]
        var nextToken: Token = 0
        var isRunning = false
    }

    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let state = Mutex(State())

    package init<C: Clock>(clock: C = ContinuousClock()) where C.Duration == Duration {
        self.clock = clock
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
    }

    /// Runs `body` once, `milliseconds` and `grace` from now, unless it is cancelled before. Callers choose the
    /// milliseconds, so any number will do.
    package func schedule(
        in milliseconds: Int64, grace: Int64 = 0, _ body: @escaping @Sendable () -> Void
    ) -> Token {
        let due = elapsed().milliseconds + max(0, min(milliseconds, Self.longestMs)) + grace
        let tick = (due + Self.tickMs - 1) / Self.tickMs
        let (token, mustStart) = state.withLock { state in
            state.nextToken += 1
            state.ticks[tick, default: [:]][state.nextToken] = body
            state.tickOf[state.nextToken] = tick
            defer { state.isRunning = true }
            return (state.nextToken, !state.isRunning)
        }
        if mustStart { Task { await self.run() } }
        return token
    }

    package func cancel(_ token: Token) {
        state.withLock { state in
            guard let tick = state.tickOf.removeValue(forKey: token) else { return }
            state.ticks[tick]?[token] = nil
            if state.ticks[tick]?.isEmpty == true { state.ticks[tick] = nil }
        }
    }

    private func run() async {
        while true {
            let now = elapsed().milliseconds / Self.tickMs
            let (due, goOn) = state.withLock { state -> ([@Sendable () -> Void], Bool) in
                var due: [@Sendable () -> Void] = []
                for (tick, entries) in state.ticks where tick <= now {
                    for (token, body) in entries {
                        due.append(body)
                        state.tickOf[token] = nil
                    }
                    state.ticks[tick] = nil
                }
                state.isRunning = !state.ticks.isEmpty
                return (due, state.isRunning)
            }
            for body in due { body() }
            guard goOn else { return }
            try? await clock.sleep(for: .milliseconds(Self.tickMs))
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
