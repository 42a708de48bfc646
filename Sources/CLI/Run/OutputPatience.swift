/// How long a follower waits for output of an attempt that has ended: from its end on, or from what came last after it. A
/// program that was silent for long has had no time yet when it ends.
struct OutputPatience {
    private let limit: Duration
    private let lostLimit: Duration
    private var endedAt: ContinuousClock.Instant?

    /// - Parameters:
    ///   - limit: for an attempt that has ended.
    ///   - lostLimit: for one that was given up, of which nothing may ever come.
    init(limit: Duration, lostLimit: Duration) {
        self.limit = limit
        self.lostLimit = lostLimit
    }

    /// Whether it is over.
    /// - Parameters:
    ///   - hasEnded: whether the attempt is known to have ended.
    ///   - idle: how long no output has come.
    mutating func isOver(hasEnded: Bool, isLost: Bool, idle: Duration, at now: ContinuousClock.Instant) -> Bool {
        guard hasEnded else { return false }
        let since = endedAt ?? now
        endedAt = since
        return min(idle, since.duration(to: now)) > (isLost ? lostLimit : limit)
    }
}
