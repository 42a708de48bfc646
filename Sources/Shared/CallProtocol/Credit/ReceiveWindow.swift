/// What the peer may send to us on a stream, and how that window grows with what is really consumed.
///
/// The window becomes twice what was consumed in one round trip, up to ``maximum``, while less than a quarter of it is
/// unread: a fast reader on a long path gets a large window, a slow one never does. Times are nanoseconds of any
/// monotonic clock.
package struct ReceiveWindow: Hashable, Sendable {
    package static let maximum = 16 * 1024 * 1024

    /// The most that may be on its way or unread at once.
    package private(set) var size: Int
    /// Bytes the peer may still send.
    package private(set) var credit: Int
    /// Bytes received and not yet consumed.
    package private(set) var unread = 0
    private var consumedThisRound = 0
    private var roundStart: UInt64?
    /// What this window may grow to; at most ``maximum``.
    package var limit = ReceiveWindow.maximum

    package init(initial: UInt32 = Credit.initial) {
        size = Int(initial)
        credit = Int(initial)
    }

    /// Notes `bytes` of DATA; false when the peer had no credit for them.
    package mutating func receive(_ bytes: Int) -> Bool {
        guard bytes <= credit else { return false }
        credit -= bytes
        unread += bytes
        return true
    }

    /// Notes that the consumer took `bytes`. Returns the credit to grant now, 0 while it is not worth a frame.
    ///
    /// `reserve` is asked for budget when the window wants to grow and answers how much of it there is.
    package mutating func consume(
        _ bytes: Int, now: UInt64, roundTrip: UInt64?, reserve: (Int) -> Int
    ) -> Int {
        unread -= min(bytes, unread)
        consumedThisRound += bytes
        grow(now: now, roundTrip: roundTrip, reserve: reserve)
        let owed = size - unread - credit
        guard owed >= size / 4 else { return 0 }
        credit += owed
        return owed
    }

    private mutating func grow(now: UInt64, roundTrip: UInt64?, reserve: (Int) -> Int) {
        guard let roundTrip else { return }
        guard let start = roundStart else {
            roundStart = now
            consumedThisRound = 0
            return
        }
        let elapsed = now &- start
        // Bytes come in bursts, and are taken a part at a time: what is unread is looked at when the burst has been taken.
        guard elapsed >= roundTrip, unread < size / 4 else { return }
        let consumed = Double(consumedThisRound) * Double(max(roundTrip, 1)) / Double(max(elapsed, 1))
        let wanted = min(limit, Int(2 * consumed))
        roundStart = now
        consumedThisRound = 0
        guard wanted > size else { return }
        size += max(0, min(reserve(wanted - size), wanted - size))
    }

    /// What growth took out of the budget, to be given back when the stream ends.
    package func grown(from initial: UInt32) -> Int {
        max(0, size - Int(initial))
    }
}
