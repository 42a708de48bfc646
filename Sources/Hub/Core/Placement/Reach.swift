extension Placement {
    /// Which nodes a target can reach, room aside.
    enum Reach {
        /// Pools that match: those that may get work, and the others, for the reason.
        case pools(usable: [Int], unusable: [Int])
        /// The one node that it names, whether or not that node meets the rest.
        case pinned(Int)
        case pinnedUnknown

        init(_ target: Target, _ table: NodeTable) {
            if let id = target.nodeID {
                self = table.indexOfID[id].map { .pinned($0) } ?? .pinnedUnknown
                return
            }
            let matching = table.pools.matching(target)
            self = .pools(
                usable: matching.filter { table.pools.all[$0].key.unavailability == nil },
                unusable: matching.filter { table.pools.all[$0].key.unavailability != nil })
        }
    }
}

extension Placement.Planner {
    /// The best node with room for a signature that is nobody else's.
    func best(_ signature: Int) -> Int? {
        let wanted = signatures[signature]
        switch reaches[wanted.target] {
        case .pools(let usable, _):
            return table.best(for: wanted.need, in: usable, excluding: wanted.excluded)
        case .pinned(let node):
            guard may(signature, use: node), wanted.need.fits(in: table.available(node)) else { return nil }
            return node
        case .pinnedUnknown: return nil
        }
    }

    /// Whether a node meets all a signature asks but room.
    func may(_ signature: Int, use node: Int) -> Bool {
        let wanted = signatures[signature]
        guard table.nodes[node].unavailability == nil, !wanted.excluded.contains(node) else { return false }
        switch reaches[wanted.target] {
        case .pools(let usable, _): return Self.contains(table.pools.poolOfNode[node], in: usable)
        case .pinned(let pinned): return pinned == node && targets[wanted.target].matches(table.nodes[node])
        case .pinnedUnknown: return false
        }
    }

    /// Nodes that meet all a signature asks but room, in a fixed order.
    func nodes(for signature: Int) -> [Int] {
        let wanted = signatures[signature]
        switch reaches[wanted.target] {
        case .pools(let usable, _):
            let members = usable.flatMap { table.pools.all[$0].members }
            return wanted.excluded.isEmpty ? members : members.filter { !wanted.excluded.contains($0) }
        case .pinned(let node): return may(signature, use: node) ? [node] : []
        case .pinnedUnknown: return []
        }
    }

    /// Whether an ascending list holds a number.
    private static func contains(_ number: Int, in ascending: [Int]) -> Bool {
        var low = 0
        var high = ascending.count
        while low < high {
            let middle = (low + high) / 2
            if ascending[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < ascending.count && ascending[low] == number
    }
}
