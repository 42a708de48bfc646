import Dispatch

/// The hub's two clocks, injected: what time it is, and a time that never goes back.
package struct HubClock: Sendable {
    /// Milliseconds since 1970.
    package var now: @Sendable () -> Int64
    /// Milliseconds of a monotonic clock.
    package var monotonic: @Sendable () -> Int64
    /// Waits; throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Int64, monotonic: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.monotonic = monotonic
        self.sleep = sleep
    }

    /// Waits for the next whole second. What looks once a second does so by this, so that a hub at rest wakes once for all of it.
    package func nextSecond() async throws { try await sleep(.milliseconds(1_000 - monotonic() % 1_000)) }

    /// The machine's own.
    ///
    /// - Parameter now: milliseconds since 1970.
    package static func system(now: @escaping @Sendable () -> Int64) -> HubClock {
        HubClock(
            now: now,
            monotonic: { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) },
            sleep: { try await ContinuousClock().sleep(for: $0) })
    }
}
