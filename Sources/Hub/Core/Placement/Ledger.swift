extension Placement {
    /// How much of the fleet each owner uses: running attempts and what the plan adds.
    struct Ledger {
        private var used: [Resources] = []
        private var shares: [Double] = []
        private var slots: [String: Int] = [:]
        private let total: Resources

        /// `total` is the capacity of the nodes that may get work.
        init(total: Resources) { self.total = total }

        /// The number that stands for an owner.
        mutating func slot(of owner: String) -> Int {
            if let slot = slots[owner] { return slot }
            slots[owner] = used.count
            used.append(.zero)
            shares.append(0)
            return used.count - 1
        }

        /// Adds to what an owner uses.
        mutating func charge(_ resources: Resources, to slot: Int) {
            used[slot] = used[slot].adding(resources)
            shares[slot] = ResourceKind.allCases.reduce(0) { share, kind in
                total[kind] > 0 ? max(share, Double(used[slot][kind]) / Double(total[kind])) : share
            }
        }

        /// The owner's dominant share: the largest part it uses of any one kind (Ghodsi and others, "Dominant Resource
        /// Fairness", NSDI 2011). Attempt slots count, so that work that asks for nothing is shared out as well.
        func share(_ slot: Int) -> Double { shares[slot] }
    }
}
