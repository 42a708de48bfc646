extension Placement {
    /// Which nodes a target can reach, room aside.
    enum Reach {
        case pools(Pools)
        /// The one node that it names, whether or not that node meets the rest.
        case pinned(Int)
        case pinnedUnknown

        /// Pools whose nodes match.
        struct Pools {
            /// Those that may get work.
            var usable: PoolSet
            /// The same as a list, where it is short enough to ask each pool for its best node.
            var few: [Int]?
        }

        private static let fewLimit = 48

        init(_ target: Target, _ table: NodeTable) {
            if let id = target.nodeID {
                self = table.indexOfID[id].map { .pinned($0) } ?? .pinnedUnknown
                return
            }
            var usable = table.pools.matching(target)
            usable.formIntersection(table.pools.usable)
            self = .pools(Pools(usable: usable, few: usable.count <= Self.fewLimit ? usable.members : nil))
        }
    }
}

extension Placement.Planner {
    /// The best node with room for a signature that is nobody else's.
    func best(_ signature: Int) -> Int? {
        let wanted = signatures[signature]
        switch reaches[wanted.target] {
        case .pools(let pools): return table.best(for: wanted.need, in: pools)
        case .pinned(let node):
            guard may(signature, use: node), wanted.need.fits(in: table.available(node)) else { return nil }
            return node
        case .pinnedUnknown: return nil
        }
    }

    /// Whether a node meets all a signature asks but room.
    func may(_ signature: Int, use node: Int) -> Bool {
        let wanted = signatures[signature]
        guard table.nodes[node].unavailability == nil else { return false }
        switch reaches[wanted.target] {
        case .pools(let pools): return pools.usable.contains(table.pools.poolOfNode[node])
        case .pinned(let pinned): return pinned == node && targets[wanted.target].matches(table.nodes[node])
        case .pinnedUnknown: return false
        }
    }

    /// Nodes that meet all a signature asks but room, in a fixed order.
    func nodes(for signature: Int) -> [Int] {
        let wanted = signatures[signature]
        switch reaches[wanted.target] {
        case .pools(let pools):
            return pools.usable.members.flatMap { table.pools.all[$0].members }
        case .pinned(let node): return may(signature, use: node) ? [node] : []
        case .pinnedUnknown: return []
        }
    }
}
