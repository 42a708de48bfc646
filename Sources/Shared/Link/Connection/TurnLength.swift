import NIOCore

/// How many bytes one stream may send while others wait: as many as the link carried lately in a quarter of a millisecond.
///
/// On a slow line every stream gets its turn soon. On a fast one long turns cost fewer writes and wake-ups on both sides, and what
/// comes out of one stream fills one write of whoever takes it there.
struct TurnLength {
    static let shortest = 16 * 1024
    static let longest = 256 * 1024
    private static let time = TimeAmount.microseconds(250)
    /// What "lately" is, and how long nothing is sent before nothing is known any more.
    private static let (span, silence) = (TimeAmount.milliseconds(5), TimeAmount.milliseconds(20))

    private(set) var bytes = shortest
    private var sent = 0
    private var since: NIODeadline?

    /// Before more is sent: looks at what was sent until now.
    mutating func begin(at now: NIODeadline) {
        let elapsed = since.map { now - $0 } ?? Self.silence
        guard elapsed >= Self.span else { return }
        let carried = Double(sent) * Double(Self.time.nanoseconds) / Double(elapsed.nanoseconds)
        bytes = elapsed < Self.silence ? min(Self.longest, max(Self.shortest, Int(carried))) : Self.shortest
        (sent, since) = (0, now)
    }

    /// Counts what has become frames.
    mutating func note(_ count: Int) { sent += count }
}
