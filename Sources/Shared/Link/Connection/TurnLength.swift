import NIOCore

/// How many bytes one stream may send while others wait: as many as the link carried lately in a quarter of a millisecond.
///
/// On a slow line every stream gets its turn soon. On a fast one long turns cost fewer writes and wake-ups on both sides, and what
/// comes out of one stream fills one write of whoever takes it there.
struct TurnLength {
    static let shortest = 16 * 1024
    static let longest = 256 * 1024
    private static let time = TimeAmount.microseconds(250)
    /// What "lately" is.
    private static let span = TimeAmount.milliseconds(5)

    private(set) var bytes = shortest
    private var sent = 0
    private var since: NIODeadline?

    /// Counts what has become frames.
    mutating func note(_ count: Int, at now: NIODeadline) {
        guard let since else {
            since = now
            return
        }
        sent += count
        let elapsed = now - since
        guard elapsed >= Self.span else { return }
        let perTurn = Double(sent) * Double(Self.time.nanoseconds) / Double(elapsed.nanoseconds)
        bytes = min(Self.longest, max(Self.shortest, Int(perTurn)))
        (sent, self.since) = (0, now)
    }
}
