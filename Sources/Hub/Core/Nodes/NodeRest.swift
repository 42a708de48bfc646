import Synchronization

/// A pause for a node that says it has no room for new work (a full disk, a full journal).
///
/// What it refused goes elsewhere at once; the node is asked again after a pause that doubles, and then with one attempt
/// alone, until it takes one up. It ends with the link: a node that comes back is asked anew.
final class NodeRest: Sendable {
    /// Milliseconds; the first pause, doubling up to the longest.
    static let first: Int64 = 5_000
    static let longest: Int64 = 300_000

    enum State: Sendable, Hashable {
        case open
        /// It gets nothing; why, in its own words.
        case resting(String)
        /// It may get one attempt.
        case probing
    }

    private struct Refusals {
        var count: Int64 = 0
        var until: Int64 = 0
        var reason = ""
    }

    private let refusals = Mutex(Refusals())

    /// Notes a refusal. Several in one pause are one: they answer what was sent before it began.
    /// - Parameter now: monotonic milliseconds.
    func refused(_ reason: String, at now: Int64) {
        refusals.withLock { refusals in
            guard now >= refusals.until else { return }
            refusals.count += 1
            refusals.until = now + min(Self.longest, Self.first << min(refusals.count - 1, 16))
            refusals.reason = reason
        }
    }

    /// Notes that the node has taken an attempt up.
    func accepted() { refusals.withLock { $0 = Refusals() } }

    /// When it may be asked again, in monotonic milliseconds; nil when it does not rest now.
    func end(at now: Int64) -> Int64? {
        refusals.withLock { $0.count > 0 && now < $0.until ? $0.until : nil }
    }

    func state(at now: Int64) -> State {
        refusals.withLock { refusals in
            if refusals.count == 0 { return .open }
            return now < refusals.until ? .resting(refusals.reason) : .probing
        }
    }
}
