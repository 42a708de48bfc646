/// Times as a table for people shows them: `12s ago`, `in 3h`, `now`.
package enum RelativeTime {
    private static let units: [(name: String, seconds: Int64)] = [
        ("y", 31_557_600), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// The distance of `time` from `now` (both unix milliseconds) in its largest unit: what has passed in whole ones, what
    /// is to come rounded to the nearest, so that what was just given fifteen minutes has fifteen.
    package static func string(_ time: Int64, now: Int64) -> String {
        let (difference, overflow) = now.subtractingReportingOverflow(time)
        let distance = overflow ? (time < now ? Int64.max : Int64.min) : difference
        guard distance < 0 else {
            let seconds = distance / 1000
            guard let unit = units.first(where: { seconds >= $0.seconds }) else { return "now" }
            return "\(seconds / unit.seconds)\(unit.name) ago"
        }
        let seconds = rounded(Int64(clamping: distance.magnitude), to: 1000)
        for (index, unit) in units.enumerated() where seconds >= unit.seconds {
            let count = rounded(seconds, to: unit.seconds)
            // Rounded up to a whole one of the next larger unit, it is one of those.
            if index > 0, count * unit.seconds >= units[index - 1].seconds { return "in 1\(units[index - 1].name)" }
            return "in \(count)\(unit.name)"
        }
        return "now"
    }

    /// How many units `value` has, zero or more, to the nearest.
    private static func rounded(_ value: Int64, to unit: Int64) -> Int64 {
        value / unit + (value % unit * 2 >= unit ? 1 : 0)
    }
}
