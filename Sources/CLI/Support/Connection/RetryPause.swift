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

/// The end of trying.
struct Deadline: Sendable {
    private let end: ContinuousClock.Instant?

    /// - Parameter wait: from now; nil for no time at all.
    init(in wait: Duration?) {
        end = wait.map { ContinuousClock.now + $0 }
    }

    /// What is left; nil when the time is over or none was given.
    var left: Duration? {
        guard let end else { return nil }
        let left = ContinuousClock.now.duration(to: end)
        return left > .zero ? left : nil
    }

    /// Waits for a pause, but not past the end; false when the time is over.
    func pause(_ pause: inout RetryPause) async throws -> Bool {
        guard let left else { return false }
        try await Task.sleep(for: min(left, .seconds(pause.take())))
        return true
    }
}
