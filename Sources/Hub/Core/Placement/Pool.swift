import Operations

extension Placement {
    /// Nodes that no queued workload can tell apart but by their room: same availability, tier, engine, GPU model and
    /// the same answer to every label requirement in the queue.
    struct Pool {
        /// What decides that nodes belong together. Labels that no queued workload asks about do not count.
        struct Key: Hashable {
            var unavailability: Unavailability?
            var isDegraded: Bool
            var isRented: Bool
            var hasGPU: Bool
            var hasEngine: Bool
            var gpuModel: String?
            /// Labels asked about, as key and value; a value nobody asks about is left out.
            var labels: [String: String?]
        }

        let key: Key
        /// Stands for all of them when requirements are checked.
        let example: Node
        /// Node indices, ascending.
        var members: [Int] = []
        /// Only filled for nodes that may get work.
        var index = FreeIndex([])

        /// Whole pools are preferred in this order, before anything about a single node: healthy before degraded, own
        /// before rented, and nodes without a GPU for work that needs none.
        func tier(wantsGPU: Bool) -> Int {
            (key.isDegraded ? 4 : 0) + (key.isRented ? 2 : 0) + (key.hasGPU && !wantsGPU ? 1 : 0)
        }
    }

    /// All pools, and which of them match which target.
    struct Pools {
        private(set) var all: [Pool] = []
        /// The pool of each node.
        private(set) var poolOfNode: [Int]
        private var byPair: [LabelRequirement: [Int]] = [:]
        private var byKey: [String: [Int]] = [:]

        /// Sorts nodes, which must be in their final order, into pools fit for these targets.
        init(nodes: [Node], targets: [Target]) {
            var asked: [String: Set<String>] = [:]
            for target in targets {
                for requirement in target.selector.requirements {
                    switch requirement {
                    case .equals(let key, let value), .notEquals(let key, let value):
                        asked[key, default: []].insert(value)
                    case .exists(let key), .absent(let key):
                        asked[key, default: []].formUnion([])
                    }
                }
            }
            let asksModel = targets.contains { $0.gpuModel != nil }
            poolOfNode = Array(repeating: 0, count: nodes.count)
            var known: [Pool.Key: Int] = [:]
            for (index, node) in nodes.enumerated() {
                var labels: [String: String?] = [:]
                for (key, value) in node.labels {
                    guard let values = asked[key] else { continue }
                    labels.updateValue(values.contains(value) ? value : nil, forKey: key)
                }
                let key = Pool.Key(
                    unavailability: node.unavailability, isDegraded: node.state == .degraded, isRented: node.isRented,
                    hasGPU: node.capacity.gpus > 0, hasEngine: node.hasEngine,
                    gpuModel: asksModel ? node.gpuModel : nil,
                    labels: labels)
                let pool = known[key] ?? add(Pool(key: key, example: node))
                known[key] = pool
                all[pool].members.append(index)
                poolOfNode[index] = pool
            }
        }

        private mutating func add(_ pool: Pool) -> Int {
            let index = all.count
            all.append(pool)
            for (key, value) in pool.key.labels {
                byKey[key, default: []].append(index)
                if let value { byPair[.equals(key: key, value: value), default: []].append(index) }
            }
            return index
        }

        /// Fills the index of one pool.
        mutating func setIndex(_ index: FreeIndex, of pool: Int) { all[pool].index = index }

        /// Moves one node within its pool's index.
        mutating func update(from old: Rank, to entry: FreeIndex.Entry) {
            all[poolOfNode[entry.node]].index.update(from: old, to: entry)
        }

        /// The pools whose nodes meet a target, ascending; pinning is not looked at.
        func matching(_ target: Target) -> [Int] {
            let requirements = target.requirements
            return candidates(target.selector).filter { pool in
                requirements.allSatisfy { $0.isMet(by: all[pool].example) }
            }
        }

        /// The shortest list that holds every pool a selector can match.
        private func candidates(_ selector: LabelSelector) -> [Int] {
            var shortest: [Int]?
            for requirement in selector.requirements {
                let list: [Int]
                switch requirement {
                case .equals: list = byPair[requirement] ?? []
                case .exists(let key): list = byKey[key] ?? []
                case .notEquals, .absent: continue
                }
                if list.count < shortest?.count ?? .max { shortest = list }
            }
            return shortest ?? Array(all.indices)
        }
    }
}
