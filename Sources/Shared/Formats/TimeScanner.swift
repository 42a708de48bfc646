/// Reads one RFC 3339 `date-time` from left to right; nil as soon as it is none.
struct TimeScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    /// The time in unix milliseconds, when the whole text is one.
    mutating func scan() -> Int64? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            take("T", "t", " "), let hour = number(2), take(":"), let minute = number(2), take(":"),
            let second = number(2), let fraction = fraction(), let offset = offset(), rest.isEmpty,
            1...12 ~= month, 1...TimeScanner.length(ofMonth: month, year: year) ~= day,
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = RFC3339.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        return seconds * 1000 + fraction
    }

    private mutating func number(_ digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private mutating func digit() -> Int64? {
        guard let byte = rest.first, 0x30...0x39 ~= byte else { return nil }
        rest.removeFirst()
        return Int64(byte - 0x30)
    }

    private mutating func take(_ accepted: Character...) -> Bool {
        guard let byte = rest.first, accepted.contains(where: { $0.asciiValue == byte }) else { return false }
        rest.removeFirst()
        return true
    }

    /// Milliseconds after the point; 0 when there is no point.
    private mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        guard var value = digit() else { return nil }
        var digits = 1
        while let digit = digit() {
            if digits < 3 { value = value * 10 + digit }
            digits += 1
        }
        for _ in digits..<max(3, digits) { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    private mutating func offset() -> Int64? {
        if take("Z", "z") { return 0 }
        let west = rest.first == UInt8(ascii: "-")
        guard take("+", "-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return (west ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
