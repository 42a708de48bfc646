import Formats
import Store

/// The hour, day or month, in UTC, that a time lies in.
struct BudgetWindow: Sendable, Equatable {
    /// Milliseconds since 1970.
    let start: Int64
    let end: Int64

    init(_ period: BudgetRecord.Period, at now: Int64) {
        let (hour, day): (Int64, Int64) = (3_600_000, 86_400_000)
        switch period {
        case .hour:
            start = now - now % hour
            end = start + hour
        case .day:
            start = now - now % day
            end = start + day
        case .month:
            start = Self.month(of: now)
            // The first day of the next month lies within 32 days of this one's.
            end = Self.month(of: start + 32 * day)
        }
    }

    private static func month(of time: Int64) -> Int64 {
        RFC3339.milliseconds(RFC3339.string(time).prefix(7) + "-01T00:00:00Z") ?? time
    }
}
