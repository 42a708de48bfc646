import Foundation

/// The clock of a fake provider: seconds that only go forward, and the date at which they began.
package struct ProviderTime: Sendable {
    /// Time since the provider began.
    package let now: @Sendable () -> Duration
    /// The date at which it began, in seconds since 1970.
    package let epoch: Double

    package init(epoch: Double, now: @escaping @Sendable () -> Duration) {
        self.epoch = epoch
        self.now = now
    }

    /// The real time, from now on.
    package static func real() -> ProviderTime {
        let start = ContinuousClock.now
        return ProviderTime(epoch: Date.now.timeIntervalSince1970) { ContinuousClock.now - start }
    }

    /// Time that a test moves. It begins on 2026-06-01 at midnight UTC, so that days of billing are easy to count.
    package static func manual(_ clock: ManualClock) -> ProviderTime {
        ProviderTime(epoch: 1_780_272_000) { clock.now.offset }
    }

    /// Seconds since 1970 at a moment.
    package func unix(_ moment: Duration) -> Double { epoch + moment.inSeconds }

    /// The moment of a date.
    package func moment(_ unix: Double) -> Duration { .seconds(unix - epoch) }

    /// A moment as RFC 3339 in UTC, to the second.
    package func text(_ moment: Duration) -> String {
        Date(timeIntervalSince1970: unix(moment)).formatted(.iso8601)
    }
}

extension Duration {
    /// As a number, which loses what is below some nanoseconds.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
