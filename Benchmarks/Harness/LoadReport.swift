/// What one load showed: how many calls a second, and how long one took.
package struct LoadReport: Sendable, Hashable {
    package var callsPerSecond: Double
    /// Microseconds.
    package var p50: Double
    /// Microseconds.
    package var p99: Double
    package var calls: Int

    /// - Parameters:
    ///   - latencies: nanoseconds of each call, in any order.
    ///   - elapsed: nanoseconds from the first call's start to the last one's end.
    package init(latencies: [UInt64], elapsed: UInt64) {
        let sorted = latencies.sorted()
        calls = sorted.count
        callsPerSecond = elapsed == 0 ? 0 : Double(sorted.count) / (Double(elapsed) / 1e9)
        func percentile(_ part: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) / 1e3
        }
        p50 = percentile(0.5)
        p99 = percentile(0.99)
    }

    /// Reads what ``line`` wrote; nil for anything else.
    package init?(line: String) {
        let parts = line.split(separator: " ").map { Double($0) }
        guard parts.count == 4, let rate = parts[0], let p50 = parts[1], let p99 = parts[2], let calls = parts[3] else {
            return nil
        }
        (callsPerSecond, self.p50, self.p99, self.calls) = (rate, p50, p99, Int(calls))
    }

    /// One line for the process that asked.
    package var line: String { "\(callsPerSecond) \(p50) \(p99) \(calls)" }
}
