import Store

/// The directory's spokes by name and in the order of their names, kept with each change: both are asked for with every
/// call and every round of placement, and sorting 10,000 nodes each time would be felt.
struct NodeIndex {
    /// By name, then by id.
    private(set) var sorted: [Peer] = []
    private var byName: [String: String] = [:]

    /// An index of the spokes among `peers`.
    init(_ peers: [Peer] = []) {
        sorted = peers.filter { $0.kind == .spoke }.sorted(by: Self.isBefore)
        byName = Dictionary(sorted.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    }

    /// The id of the node of this name.
    subscript(name: String) -> String? { byName[name] }

    /// Takes a node in; peers of other kinds are left out.
    /// - Parameter old: the same peer as it was until now.
    mutating func put(_ peer: Peer, replacing old: Peer?) {
        guard peer.kind == .spoke else { return }
        if let old, old.name == peer.name, let place = place(of: old) {
            sorted[place] = peer
            return
        }
        if let old { drop(old) }
        sorted.insert(peer, at: place(for: peer))
        byName[peer.name] = peer.id
    }

    mutating func drop(_ peer: Peer) {
        if let place = place(of: peer) { sorted.remove(at: place) }
        if byName[peer.name] == peer.id { byName[peer.name] = nil }
    }

    private func place(of peer: Peer) -> Int? {
        let place = place(for: peer)
        return place < sorted.count && sorted[place].id == peer.id ? place : nil
    }

    /// Where a peer stands, or belongs.
    private func place(for peer: Peer) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.isBefore(sorted[middle], peer) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func isBefore(_ left: Peer, _ right: Peer) -> Bool {
        (left.name, left.id) < (right.name, right.id)
    }
}
