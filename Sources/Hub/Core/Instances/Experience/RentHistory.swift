import Formats
import Store

/// The machines that were rented for one workload or pool so far, and whether another one may be: what comes to nothing again
/// and again must not cost without end.
struct RentHistory: Sendable {
    enum Verdict: Sendable, Equatable {
        case now
        /// Not before that, milliseconds since 1970.
        case later(Int64, String)
        /// Not any more, until somebody does something about it.
        case never(String)
    }

    /// After so many machines that were paid for and did nothing no other is rented.
    static let mostInVain = 12
    /// How long it waits after a first wish that came to nothing, and at most, in milliseconds; doubled each time.
    static let (firstPause, longestPause): (Int64, Int64) = (60_000, 3_600_000)
    /// One of a pool that was there for so long has done what it was for, in milliseconds.
    private static let longEnough: Int64 = 600_000

    /// Those since the last one that did its work.
    private var inVain: [RentedRow] = []
    private let most: Int

    /// - Parameters:
    ///   - rows: all that were rented for it, oldest first, without those that may still come.
    ///   - most: how many may have been paid for in vain.
    init(_ rows: [RentedRow], most: Int = Self.mostInVain) {
        self.most = most
        for row in rows { if Self.didItsWork(row) { inVain = [] } else { inVain.append(row) } }
    }

    private static func didItsWork(_ row: RentedRow) -> Bool {
        let instance = row.instance
        if instance.hasWorked { return true }
        guard row.request?.pool != nil, let active = instance.time(.active), let end = instance.unwantedAt else {
            return false
        }
        return end - active >= longEnough
    }

    func verdict(at now: Int64) -> Verdict {
        guard let last = inVain.last?.instance else { return .now }
        let why = last.whyEnded.map { ": " + $0 } ?? ""
        let paid = inVain.filter { $0.instance.providerId != nil }
        if paid.count >= most {
            return .never(
                "\(paid.count) machines were rented for it in vain, and no more are; the last one\(why). "
                    + "Mend what is wrong, and ask for it anew")
        }
        // Each wish begins with one that is in no other's place; what a pool wishes for at once is one.
        let wishes = max(1, Set(inVain.filter { $0.request?.first == nil }.map(\.record.createdAt)).count)
        let pause = min(Self.firstPause << Int64(min(wishes - 1, 10)), Self.longestPause)
        let ended = last.unwantedAt ?? last.time(last.state) ?? 0
        // A time that is yet to come was written before the clock was set back.
        guard ended <= now, now < ended + pause else { return .now }
        return .later(
            ended + pause, "no machine came for it\(why); tried again at \(RFC3339.string(ended + pause))")
    }
}

extension Instance {
    /// Why it ended, with what was said last where that says more; nil where it has not.
    var whyEnded: String? {
        ending.map { words.isEmpty || $0.contains(words) ? $0 : "\($0); \(words)" }
    }
}
