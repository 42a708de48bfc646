/// How long to wait before trying again: from `first` doubling to `limit`, with jitter of half of it. A pure value.
struct RetryPause: Sendable {
    private var next: Double
    private let limit: Double

    /// - Parameters: seconds.
    init(first: Double = 0.2, limit: Double = 5) {
        next = first
        self.limit = limit
    }

    /// Seconds to wait now.
    /// - Parameter random: a number from 0 to 1.
    mutating func take(random: Double = .random(in: 0...1)) -> Double {
        defer { next = min(limit, next * 2) }
        return next * (0.5 + random / 2)
    }
}
