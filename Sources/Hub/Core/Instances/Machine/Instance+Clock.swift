extension Instance {
    /// The same without times that are yet to come, which a clock has left that was set back: what waits for them would wait as
    /// long. Nil where there are none.
    func withoutFuture(at now: Int64) -> Instance? {
        var clamped = self
        clamped.times = times.mapValues { min($0, now) }
        clamped.askedAt = askedAt.map { min($0, now) }
        clamped.answeredAt = answeredAt.map { min($0, now) }
        clamped.endAskedAt = endAskedAt.map { min($0, now) }
        clamped.endAnsweredAt = endAnsweredAt.map { min($0, now) }
        clamped.startedAt = startedAt.map { min($0, now) }
        clamped.beganAt = beganAt.map { min($0, now) }
        clamped.unwantedAt = unwantedAt.map { min($0, now) }
        if notBefore > now + Self.longestPause { clamped.notBefore = now }
        return clamped == self ? nil : clamped
    }

    /// Nothing is put off for longer, in milliseconds.
    private static let longestPause: Int64 = 600_000
}
