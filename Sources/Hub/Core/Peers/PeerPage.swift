import CallProtocol

/// A part of a list of peers, which is in the order of their names and ids.
struct PeerPage {
    /// Peers of one page, at most, and where nothing else is asked for.
    static let limit = 10_000

    let peers: ArraySlice<Peer>
    /// Where the next page begins; nil on the last one.
    let cursor: String?

    /// - Parameters:
    ///   - all: in order.
    ///   - cursor: what the page before gave; a peer that was removed meanwhile is no matter.
    /// - Throws: `INVALID_INPUT` for a cursor that no page gave.
    init(of all: [Peer], after cursor: String?, limit: Int?) throws(CallError) {
        var rest = all[...]
        if let cursor {
            let last = try Self.place(cursor)
            rest = rest.drop { ($0.name, $0.id) <= last }
        }
        peers = rest.prefix(limit ?? Self.limit)
        self.cursor = peers.count < rest.count ? peers.last.map { "\($0.name) \($0.id)" } : nil
    }

    private static func place(_ cursor: String) throws(CallError) -> (name: String, id: String) {
        let words = cursor.split(separator: " ")
        guard words.count == 2 else {
            throw CallError(.invalidInput, "cursor: pass the one that the page before gave, or none")
        }
        return (String(words[0]), String(words[1]))
    }
}
