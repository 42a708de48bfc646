import Glibc

/// Times as RFC 3339 with milliseconds in UTC, from and to unix milliseconds.
///
/// Dates come from the day count by the arithmetic of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
/// (https://howardhinnant.github.io/date_algorithms.html): a log line costs no formatter and no locale.
package enum RFC3339 {
    /// Milliseconds since 1970-01-01T00:00:00Z by this machine's clock.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The time as `2024-02-29T12:34:56.789Z`; what lies outside the years 0000 to 9999 is clamped to them.
    package static func string(_ unixMilliseconds: Int64) -> String {
        let clamped = min(max(unixMilliseconds, range.lowerBound), range.upperBound)
        let (days, inDay) = floored(clamped, by: 86_400_000)
        let date = civil(fromDays: days)
        return String(unsafeUninitializedCapacity: 24) { text in
            var at = 0
            func put(_ value: Int64, _ digits: Int, then separator: Character) {
                var rest = value
                for place in stride(from: at + digits - 1, through: at, by: -1) {
                    text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                text[at + digits] = separator.asciiValue ?? 0
                at += digits + 1
            }
            put(date.year, 4, then: "-")
            put(date.month, 2, then: "-")
            put(date.day, 2, then: "T")
            put(inDay / 3_600_000, 2, then: ":")
            put(inDay / 60_000 % 60, 2, then: ":")
            put(inDay / 1000 % 60, 2, then: ".")
            put(inDay % 1000, 3, then: "Z")
            return at
        }
    }

    /// Reads a `date-time` with any offset and any number of fraction digits, cut to milliseconds; nil for what is none.
    ///
    /// A leap second (`:60`) is the second after it. A space may stand for the `T`, as the RFC allows.
    package static func milliseconds(_ text: String) -> Int64? {
        var scanner = TimeScanner(text)
        return scanner.scan()
    }

    /// Whether the text is a date, a time and an offset that can be, leap seconds included.
    package static func isTime(_ text: String) -> Bool { milliseconds(text) != nil }

    /// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // The year begins in March here, so that the leap day is its last.
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floored(shifted, by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date of a day count; the inverse of ``days(year:month:day:)``.
    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
    private static let range = -62_167_219_200_000...Int64(253_402_300_799_999)

    /// Division that rounds down, with the remainder that is never negative.
    private static func floored(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
