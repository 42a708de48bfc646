/// Times as a table for people shows them: `12s ago`, `in 3h`, `now`.
package enum RelativeTime {
    private static let units: [(name: String, seconds: Int64)] = [
        ("y", 31_557_600), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// The distance of `time` from `now` (both unix milliseconds) in its largest whole unit.
    package static func string(_ time: Int64, now: Int64) -> String {
        let (difference, overflow) = now.subtractingReportingOverflow(time)
        let distance = overflow ? (time < now ? Int64.max : Int64.min) : difference
        let seconds = Int64(clamping: (distance / 1000).magnitude)
        guard let unit = units.first(where: { seconds >= $0.seconds }) else { return "now" }
        let text = "\(seconds / unit.seconds)\(unit.name)"
        return distance < 0 ? "in \(text)" : "\(text) ago"
    }
}
