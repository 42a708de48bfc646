/// A quota of requests for a time, by the draft of the RateLimit headers that the provider follows.
package struct RunPodRateWindow: Sendable, Hashable {
    package var name: String
    package var quota: Int
    /// Seconds, 1 or more; windows begin at multiples of it.
    package let length: Int

    package init(_ name: String, quota: Int, length: Int) {
        (self.name, self.quota, self.length) = (name, quota, max(length, 1))
    }

    /// The figures that the provider's document shows: 60 a minute.
    package static let documented = [
        RunPodRateWindow("minute", quota: 60, length: 60), RunPodRateWindow("hour", quota: 3_000, length: 3_600),
        RunPodRateWindow("day", quota: 50_000, length: 86_400),
    ]

    /// More than a test asks.
    package static let generous = [RunPodRateWindow("minute", quota: 1_000_000, length: 60)]
}

/// How many requests were made in each window.
struct RunPodRateCounter {
    /// The two headers of an answer, and the window that is exceeded, with the seconds until it ends.
    struct Reading: Sendable {
        let headers: [HeaderLine]
        let exceeded: (window: String, wait: Int)?
    }

    private var used: [String: (window: Int, count: Int)] = [:]

    /// Counts one request, unless it is one too many.
    mutating func take(_ windows: [RunPodRateWindow], now: Duration) -> Reading {
        let seconds = Int(now.components.seconds)
        var exceeded: (String, Int)?
        for window in windows {
            let current = seconds / window.length
            if used[window.name]?.window != current { used[window.name] = (current, 0) }
            if used[window.name]?.count ?? 0 >= window.quota, exceeded == nil {
                exceeded = (window.name, window.length - seconds % window.length)
            }
        }
        if exceeded == nil {
            for window in windows { used[window.name]?.count += 1 }
        }
        guard !windows.isEmpty else { return Reading(headers: [], exceeded: nil) }
        let state = windows.map {
            "\"\($0.name)\";r=\($0.quota - (used[$0.name]?.count ?? 0));t=\($0.length - seconds % $0.length)"
        }
        let policy = windows.map { "\"\($0.name)\";q=\($0.quota);w=\($0.length)" }
        return Reading(
            headers: [
                HeaderLine("RateLimit", state.joined(separator: ", ")),
                HeaderLine("RateLimit-Policy", policy.joined(separator: ", ")),
            ], exceeded: exceeded)
    }
}
