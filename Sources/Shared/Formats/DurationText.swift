/// Durations as people write them on a command line: `90` (seconds), `500ms`, `15m`, `1h30m`, `2d`.
package enum DurationText {
    /// Units from the longest to the shortest, in milliseconds.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    /// A thousand years: far beyond any use, far below any overflow of what callers compute with it.
    private static let limit: Int64 = 31_557_600_000_000

    /// Reads whole numbers with units (`w d h m s ms`), added up; a bare number is seconds.
    /// - Returns: zero or more, at most a thousand years.
    /// - Throws: ``FormatError`` with examples.
    package static func parse(_ text: String) throws(FormatError) -> Duration {
        if let seconds = Int64(text), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), seconds <= limit / 1000 {
            return .seconds(seconds)
        }
        var total: Int64 = 0
        var rest = Substring(text)
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let name = rest.dropFirst(digits.count).prefix { $0.isLetter }
            rest = rest.dropFirst(digits.count + name.count)
            guard !digits.isEmpty, let unit = units.first(where: { $0.name == name || isSeconds($0.name, name, text) })
            else {
                throw FormatError("\"\(text)\" is not a duration; write it as 90 (seconds), 500ms, 15m, 1h30m or 2d")
            }
            // Digits that are no number are too many.
            guard let count = Int64(digits), count <= limit / unit.milliseconds,
                total + count * unit.milliseconds <= limit
            else {
                throw FormatError("\"\(text)\" is too long a duration: a thousand years are the most, 365250d")
            }
            total += count * unit.milliseconds
        } while !rest.isEmpty
        return .milliseconds(total)
    }

    /// Whether a number stands alone, which means seconds.
    private static func isSeconds(_ unit: String, _ name: Substring, _ text: String) -> Bool {
        unit == "s" && name.isEmpty && text.utf8.allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// The duration in whole units, `1h30m`, that ``parse(_:)`` reads back; below a millisecond is cut, negative is zero.
    package static func string(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let whole = min(max(seconds, 0), limit / 1000)
        var rest = max(whole * 1000 + attoseconds / 1_000_000_000_000_000, 0)
        var text = ""
        for unit in units where unit.name != "w" && rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text.isEmpty ? "0s" : text
    }
}
