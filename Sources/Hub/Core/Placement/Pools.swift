import Operations

extension Placement {
    /// All pools, and which of them match which target.
    struct Pools {
        private(set) var all: [Pool] = []
        /// The pool of each node.
        private(set) var poolOfNode: [Int]
        /// The pools whose nodes may get work.
        private(set) var usable = PoolSet(count: 0)
        private var withEngine = PoolSet(count: 0)
        private var byPair: [LabelRequirement: [Int]] = [:]
        private var byKey: [String: [Int]] = [:]
        private var byModel: [String: PoolSet] = [:]

        /// Sorts nodes, which must be in their final order, into pools fit for these targets.
        init(nodes: [Node], targets: [Target]) {
            let asked = Self.asked(targets)
            let models = Set(targets.compactMap(\.gpuModel))
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
                    gpuModel: models.isEmpty ? nil : node.gpuModel, labels: labels)
                let pool = known[key] ?? add(Pool(key: key, example: node))
                known[key] = pool
                all[pool].members.append(index)
                poolOfNode[index] = pool
            }
            usable = set { $0.key.unavailability == nil }
            withEngine = set { $0.key.hasEngine }
            for model in models {
                byModel[model] = set { GPUModel.matches(wanted: model, actual: $0.key.gpuModel) }
            }
        }

        /// The pools whose nodes meet a target; pinning and availability are not looked at.
        func matching(_ target: Target) -> PoolSet {
            var result = matching(target.selector)
            if case .labelled(let alternatives) = target.reach { result.formIntersection(any(of: alternatives)) }
            if target.needsEngine { result.formIntersection(withEngine) }
            if let model = target.gpuModel, let pools = byModel[model] { result.formIntersection(pools) }
            return result
        }

        /// The pools whose nodes' labels meet a selector.
        private func matching(_ selector: LabelSelector) -> PoolSet {
            var result = PoolSet(count: all.count, full: true)
            for requirement in selector.requirements {
                switch requirement {
                case .equals: result.formIntersection(set(of: byPair[requirement]))
                case .exists(let key): result.formIntersection(set(of: byKey[key]))
                case .absent(let key): for pool in byKey[key] ?? [] { result.remove(pool) }
                case .notEquals(let key, let value):
                    for pool in byPair[.equals(key: key, value: value)] ?? [] { result.remove(pool) }
                }
            }
            return result
        }

        /// Fills the index of one pool.
        mutating func setIndex(_ index: FreeIndex, of pool: Int) { all[pool].index = index }

        /// Moves one node within its pool's index.
        mutating func update(from old: Rank, to entry: FreeIndex.Entry) {
            all[poolOfNode[entry.node]].index.update(from: old, to: entry)
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

        private func set(where isMember: (Pool) -> Bool) -> PoolSet {
            var result = PoolSet(count: all.count)
            for index in all.indices where isMember(all[index]) { result.insert(index) }
            return result
        }

        /// The pools whose nodes meet at least one of these.
        private func any(of alternatives: [LabelSelector]) -> PoolSet {
            var result = PoolSet(count: all.count)
            for selector in alternatives { for pool in matching(selector).members { result.insert(pool) } }
            return result
        }

        private func set(of pools: [Int]?) -> PoolSet {
            var result = PoolSet(count: all.count)
            for pool in pools ?? [] { result.insert(pool) }
            return result
        }

        /// The label keys that targets ask about, with the values they name.
        private static func asked(_ targets: [Target]) -> [String: Set<String>] {
            var asked: [String: Set<String>] = [:]
            for requirement in targets.lazy.flatMap({ [$0.selector] + $0.reach.alternatives }).flatMap(\.requirements) {
                switch requirement {
                case .equals(let key, let value), .notEquals(let key, let value):
                    asked[key, default: []].insert(value)
                case .exists(let key), .absent(let key):
                    asked[key, default: []].formUnion([])
                }
            }
            return asked
        }
    }
}

extension NodeReach {
    /// What it asks of labels; of no use where it covers every node.
    fileprivate var alternatives: [LabelSelector] {
        if case .labelled(let alternatives) = self { alternatives } else { [] }
    }
}
