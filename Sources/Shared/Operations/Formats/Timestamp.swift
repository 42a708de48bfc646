/// Times as they travel: RFC 3339 in UTC with milliseconds, from and to unix milliseconds.
///
/// Dates come from the day count by the arithmetic of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
/// (https://howardhinnant.github.io/date_algorithms.html).
package enum Timestamp {
    /// `2024-02-29T12:34:56.789Z`; what lies outside the years 0000 to 9999 is clamped to them.
    package static func text(milliseconds: Int64) -> String {
        let time = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let (days, inDay) = floored(time, by: 86_400_000)
        let date = civil(fromDays: days)
        var text = ""
        text.reserveCapacity(24)
        for (value, digits, separator) in [
            (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"), (inDay / 3_600_000, 2, ":"),
            (inDay / 60_000 % 60, 2, ":"), (inDay / 1000 % 60, 2, "."), (inDay % 1000, 3, "Z"),
        ] {
            let number = String(value)
            text += String(repeating: "0", count: max(0, digits - number.utf8.count)) + number + separator
        }
        return text
    }

    /// Reads a time with any offset and any number of fraction digits, cut to milliseconds; nil for what is no time.
    /// A leap second (`:60`) is the second after it.
    package static func milliseconds(_ text: String) -> Int64? {
        guard DateTimeFormat.accepts(text) else { return nil }
        // The shape is known now: fixed places up to the seconds, then a fraction, then the offset.
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int64 {
            bytes[from..<from + count].reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == UInt8(ascii: ".") {
            at += 1
            var place: Int64 = 100
            while bytes[at] >= 0x30, bytes[at] <= 0x39 {
                fraction += Int64(bytes[at] - 0x30) * place
                place /= 10
                at += 1
            }
        }
        var offset: Int64 = 0
        if bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
            let minutes = number(at + 1, 2) * 60 + number(at + 4, 2)
            offset = bytes[at] == UInt8(ascii: "-") ? -minutes : minutes
        }
        let days = days(year: number(0, 4), month: number(5, 2), day: number(8, 2))
        let seconds = days * 86_400 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2) - offset * 60
        return seconds * 1000 + fraction
    }

    /// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        // The year begins in March here, so that the leap day is its last.
        let (era, yearOfEra) = floored(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }

    /// Division that rounds down, with the remainder that is never negative.
    private static func floored(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
