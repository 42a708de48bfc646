import Formats

/// The machines that were rented for one workload so far, and whether another one may be: what comes to nothing again and again
/// must not cost without end.
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

    /// Those since the last one that did its work.
    private var inVain: [RentedRow] = []

    /// - Parameter rows: all of one workload's, oldest first.
    init(_ rows: [RentedRow]) {
        for row in rows {
            // One that worked, and one that is still to come, is not in vain.
            let hasWorked = row.instance.time(.active) != nil && row.instance.failure != .small
            if hasWorked { inVain = [] } else { inVain.append(row) }
        }
    }

    func verdict(at now: Int64) -> Verdict {
        guard let last = inVain.last?.instance else { return .now }
        let why = last.ending.map { ": " + $0 } ?? ""
        let paid = inVain.filter { $0.instance.providerId != nil }
        if paid.count >= Self.mostInVain {
            return .never(
                "\(paid.count) machines were rented for it in vain, and no more are; the last one\(why). "
                    + "Mend what is wrong, and ask for it anew")
        }
        // Each wish begins with one that is in no other's place.
        let wishes = max(1, inVain.filter { $0.request?.first == nil }.count)
        let pause = min(Self.firstPause << Int64(min(wishes - 1, 10)), Self.longestPause)
        let ended = min(last.unwantedAt ?? last.time(last.state) ?? now, now)
        guard now >= ended + pause else {
            return .later(
                ended + pause, "no machine came for it\(why); tried again at \(RFC3339.string(ended + pause))")
        }
        return .now
    }
}
