extension Placement {
    /// The nodes while a plan is made: what is free, what is held, and the order in which they should be filled.
    struct NodeTable {
        /// Sorted by id, one of each.
        let nodes: [Node]
        let indexOfID: [String: Int]
        /// What runs there and what the plan adds; more than the capacity where a node is overcommitted.
        private var used: [Resources]
        /// What is really free.
        private(set) var free: [Resources]
        /// Attempts that asked for no CPU.
        private var unasking: [Int]
        /// What is kept for demands that go first; may be more than is free.
        private(set) var held: [Resources]
        private(set) var pools: Pools
        /// The usable nodes of each tier, by its number: for targets that match too many pools to ask each.
        private var tiers: [FreeIndex] = []
        private var rank: [Rank]
        private let policy: Policy

        init(nodes unsorted: [Node], running: [Running], targets: [Target], policy: Policy, seed: UInt64) {
            nodes = Self.unique(unsorted)
            indexOfID = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.id, $0) })
            self.policy = policy
            var used = Array(repeating: Resources.zero, count: nodes.count)
            unasking = Array(repeating: 0, count: nodes.count)
            for attempt in running {
                guard let node = indexOfID[attempt.nodeID] else { continue }
                if attempt.resources.milliCPU == 0 { unasking[node] += 1 }
                used[node] = used[node].adding(attempt.resources.asAttempt)
            }
            self.used = used
            free = zip(nodes, used).map { $0.capacity.subtracting($1) }
            held = Array(repeating: .zero, count: nodes.count)
            pools = Pools(nodes: nodes, targets: targets)
            rank = []
            rank = startingRanks(seed: seed)
            var inTier: [[FreeIndex.Entry]] = Array(repeating: [], count: Tier.all.count)
            for number in pools.usable.members {
                let pool = pools.all[number]
                let entries = pool.members.map { FreeIndex.Entry(rank: rank[$0], free: free[$0], node: $0) }
                pools.setIndex(FreeIndex(entries), of: number)
                inTier[pool.tier.number] += entries
            }
            tiers = inTier.map { FreeIndex($0) }
        }

        /// What others may take: what is free less what is held.
        func available(_ node: Int) -> Resources { free[node].subtracting(held[node]) }

        /// What others could take if attempts that use `ended` were gone. Not the sum of both: what is ended first pays
        /// for what a node was overcommitted.
        func available(_ node: Int, without ended: Resources) -> Resources {
            nodes[node].capacity.subtracting(used[node].subtracting(ended)).subtracting(held[node])
        }

        /// The best node with room for `need` in one of these pools.
        func best(for need: Resources, in reach: Reach.Pools) -> Int? {
            if let few = reach.few { return best(for: need, ofFew: few) }
            for tier in Self.tierOrder[need.gpus > 0 ? 1 : 0] {
                var found: FreeIndex.Entry?
                for number in tier {
                    let entry = tiers[number].first(fitting: need) { node in
                        reach.usable.contains(pools.poolOfNode[node])
                    }
                    if let entry, found.map({ entry.rank < $0.rank }) ?? true { found = entry }
                }
                if let found { return found.node }
            }
            return nil
        }

        private func best(for need: Resources, ofFew pools: [Int]) -> Int? {
            var best: (order: Int, entry: FreeIndex.Entry)?
            for pool in pools {
                let order = self.pools.all[pool].tier.order(wantsGPU: need.gpus > 0)
                if let best, best.order < order { continue }
                let entry = self.pools.all[pool].index.first(fitting: need) { _ in true }
                guard let entry else { continue }
                if let best, best.order == order, best.entry.rank < entry.rank { continue }
                best = (order, entry)
            }
            return best?.entry.node
        }

        /// The numbers of the tiers in order of preference, those that are equally good together; first for work
        /// without GPUs, then for work with them.
        private static let tierOrder = [false, true].map { wantsGPU in
            (0..<Tier.all.count).map { order in
                Tier.all.filter { $0.order(wantsGPU: wantsGPU) == order }.map(\.number)
            }.filter { !$0.isEmpty }
        }

        /// Takes room on a node.
        mutating func take(_ need: Resources, on node: Int) {
            if need.milliCPU == 0 { unasking[node] += 1 }
            used[node] = used[node].adding(need)
            free[node] = nodes[node].capacity.subtracting(used[node])
            refresh(node)
        }

        /// Keeps room on a node from everyone who does not go first.
        mutating func hold(_ need: Resources, on node: Int) {
            held[node] = held[node].adding(need)
            refresh(node)
        }

        /// Takes room on a node and lets go of `hold` there in one step.
        mutating func take(_ need: Resources, on node: Int, releasing hold: Resources) {
            held[node] = held[node].subtracting(hold)
            take(need, on: node)
        }

        private mutating func refresh(_ node: Int) {
            guard nodes[node].unavailability == nil else { return }
            let old = rank[node]
            rank[node] = ranked(node, price: old.price, tie: old.tie)
            let entry = FreeIndex.Entry(rank: rank[node], free: available(node), node: node)
            pools.update(from: old, to: entry)
            tiers[pools.all[pools.poolOfNode[node]].tier.number].update(from: old, to: entry)
        }

        private func ranked(_ node: Int, price: Int32, tie: Int32) -> Rank {
            let capacity = nodes[node].capacity
            let attempts = capacity.attempts - free[node].attempts
            let load = Self.load(free: free[node], of: capacity)
            let crowding = Int32(clamping: unasking[node] / max(1, capacity.milliCPU / 1_000))
            let sign: Double = policy == .binPack ? -1 : 1
            return Rank(
                price: price, crowding: crowding, load: sign * load,
                attempts: policy == .binPack ? -attempts : attempts,
                tie: tie)
        }

        /// The mean used part of the kinds the node has, 0 to 1; attempt slots do not count.
        private static func load(free: Resources, of capacity: Resources) -> Double {
            var sum = 0.0
            var kinds = 0.0
            if capacity.milliCPU > 0 {
                sum += 1 - Double(free.milliCPU) / Double(capacity.milliCPU)
                kinds += 1
            }
            if capacity.memoryBytes > 0 {
                sum += 1 - Double(free.memoryBytes) / Double(capacity.memoryBytes)
                kinds += 1
            }
            if capacity.gpus > 0 {
                sum += 1 - Double(free.gpus) / Double(capacity.gpus)
                kinds += 1
            }
            return kinds > 0 ? sum / kinds : 0
        }

        private func startingRanks(seed: UInt64) -> [Rank] {
            let prices = nodes.map { node -> Double in
                guard let price = node.hourlyPrice, !price.isNaN else { return node.isRented ? .infinity : 0 }
                return price
            }
            var rankOfPrice: [Double: Int32] = [:]
            for price in Set(prices).sorted() { rankOfPrice[price] = Int32(clamping: rankOfPrice.count) }
            let hashes = nodes.map { Placement.hash($0.id, seed: seed) }
            let order = nodes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
            var tie = Array(repeating: Int32(0), count: nodes.count)
            for (place, node) in order.enumerated() { tie[node] = Int32(clamping: place) }
            return nodes.indices.map { ranked($0, price: rankOfPrice[prices[$0]] ?? 0, tie: tie[$0]) }
        }

        private static func unique(_ nodes: [Node]) -> [Node] {
            var newest: [String: Node] = [:]
            for node in nodes {
                if let known = newest[node.id], known.generation >= node.generation { continue }
                newest[node.id] = node
            }
            return newest.values.sorted { $0.id < $1.id }
        }
    }
}
