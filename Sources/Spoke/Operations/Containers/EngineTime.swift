import CallProtocol
import Formats

/// Times as engines take and give them.
enum EngineTime {
    /// RFC 3339 as `seconds.nanoseconds` since 1970, as engines want it in queries; nil for what is no time.
    static func query(_ text: String) -> String? {
        guard let milliseconds = RFC3339.milliseconds(text) else { return nil }
        let seconds = milliseconds.quotientAndRemainder(dividingBy: 1000).quotient
        guard let point = text.firstIndex(of: ".") else { return "\(seconds).000000000" }
        let digits = text[text.index(after: point)...].prefix { $0.isASCII && $0.isNumber }.prefix(9)
        return "\(seconds).\(digits)" + String(repeating: "0", count: 9 - digits.count)
    }

    /// RFC 3339 as nanoseconds since 1970; nil for what is no time, or one outside of what they can count. Asked for every
    /// entry of a log: no text is made on the way.
    static func nanoseconds(_ text: String) -> Int64? {
        guard let milliseconds = RFC3339.milliseconds(text) else { return nil }
        var (fraction, digits): (Int64, Int) = (0, 0)
        if let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) {
            for byte in text.utf8[text.utf8.index(after: point)...].prefix(9) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
                fraction = fraction * 10 + Int64(byte - UInt8(ascii: "0"))
                digits += 1
            }
        }
        for _ in digits..<9 { fraction *= 10 }
        let (whole, overflow) = (milliseconds / 1000).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, more) = whole.addingReportingOverflow(fraction)
        return overflow || more ? nil : sum
    }

    /// The same of what is asked in queries.
    static func nanoseconds(query text: String) -> Int64? {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let seconds = Int64(parts[0]), let rest = Int64(parts[1]) else { return nil }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, more) = whole.addingReportingOverflow(rest)
        return overflow || more ? nil : sum
    }

    /// Nanoseconds since 1970 as engines want a time in queries.
    static func query(nanoseconds: Int64) -> String {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let digits = String(rest)
        return "\(seconds)." + String(repeating: "0", count: 9 - digits.count) + digits
    }

    /// An engine's word for "never" is the first moment of the year 1.
    static func real(_ text: String?) -> String? {
        guard let text, !text.isEmpty, !text.hasPrefix("0001-01-01") else { return nil }
        return text
    }

    /// A time of an input.
    /// - Throws: `INVALID_INPUT`.
    static func checked(_ text: String?, _ field: String) throws(CallError) -> String? {
        guard let text else { return nil }
        guard let time = query(text) else {
            throw CallError(.invalidInput, "\(field): `\(text)` is no RFC 3339 time; 2026-01-31T12:00:00Z is one")
        }
        return time
    }
}
