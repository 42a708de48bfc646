extension Placement {
    /// What can be said about all nodes that match a target, whoever asks.
    struct MatchSummary {
        var matching = 0
        /// By kind: the most that is available on one node, and which.
        var mostFree: [(amount: Int64, node: Int)] = ResourceKind.allCases.map { _ in (-1, 0) }
        /// By kind: the most that one node has when empty, and which.
        var largest: [(amount: Int64, node: Int)] = ResourceKind.allCases.map { _ in (-1, 0) }
        /// Distinct capacities, none of them within another.
        var capacities: [Resources] = []

        init(_ nodes: [Int], _ table: NodeTable) {
            matching = nodes.count
            var distinct = Set<Resources>()
            for node in nodes {
                let available = table.available(node)
                let capacity = table.nodes[node].capacity
                distinct.insert(capacity)
                for (index, kind) in ResourceKind.allCases.enumerated() {
                    let free = (amount: available[kind], node: node)
                    if free.amount > mostFree[index].amount { mostFree[index] = free }
                    let whole = (amount: capacity[kind], node: node)
                    if whole.amount > largest[index].amount { largest[index] = whole }
                }
            }
            for capacity in distinct where !capacities.contains(where: { capacity.fits(in: $0) }) {
                capacities.removeAll { $0.fits(in: capacity) }
                capacities.append(capacity)
            }
        }
    }
}

extension Placement.Planner {
    /// Says of every demand that is not placed why. Demands that ask the same share the work and the answer.
    mutating func giveReasons() {
        var summaries: [Int: Placement.MatchSummary] = [:]
        var reasons: [Placement.WaitReason?] = Array(repeating: nil, count: signatures.count)
        for (index, demand) in demands.enumerated() where !isPlaced[index] {
            if let own = ownReason[index] ?? heldReason(index) {
                plan.waiting[demand.workloadID] = own
                continue
            }
            let signature = signatureOf[index]
            let reason = reasons[signature] ?? reason(for: signature, &summaries)
            reasons[signature] = reason
            plan.waiting[demand.workloadID] = reason
        }
    }

    /// Room was kept for it, and is not enough yet, or something more urgent took of it.
    private func heldReason(_ demand: Int) -> Placement.WaitReason? {
        guard let index = (holdsOf[demand] ?? []).first(where: { holds[$0].isActive }) else { return nil }
        let node = holds[index].node
        let respected = respected(by: queue[demand], on: node, replacing: index)
        if holds[index].need.fits(in: table.free[node]),
            !holds[index].need.fits(in: table.free[node].subtracting(respected)),
            let other = holdsOn[node]?.first(where: { $0 != index && holds[$0].isActive })
        {
            return .reserved(
                node: table.nodes[node].name, forWorkload: demands[holds[other].item.demand].workloadID)
        }
        return .holding(node: table.nodes[node].name)
    }

    private func reason(
        for signature: Int, _ summaries: inout [Int: Placement.MatchSummary]
    ) -> Placement.WaitReason {
        let wanted = signatures[signature]
        if let structural = structuralReason(wanted) { return structural }
        let summary = summaries[wanted.target] ?? Placement.MatchSummary(nodes(for: signature), table)
        summaries[wanted.target] = summary
        return roomReason(signature, summary)
    }

    /// Why room is lacking.
    private func roomReason(_ signature: Int, _ summary: Placement.MatchSummary) -> Placement.WaitReason {
        let need = signatures[signature].need
        let kinds = Placement.ResourceKind.allCases
        if !summary.capacities.contains(where: { need.fits(in: $0) }) {
            for (kind, largest) in zip(kinds, summary.largest) where need[kind] > largest.amount {
                return .tooLarge(
                    kind, needed: need[kind], largest: largest.amount, node: table.nodes[largest.node].name)
            }
            return .tooLargeTogether(needed: need, matching: summary.matching)
        }
        for hold in holds where hold.isActive && need.fits(in: table.free[hold.node]) && may(signature, use: hold.node)
        {
            return .reserved(
                node: table.nodes[hold.node].name, forWorkload: demands[hold.item.demand].workloadID)
        }
        for (kind, most) in zip(kinds, summary.mostFree) where need[kind] > most.amount {
            return .full(
                kind, needed: need[kind], mostFree: most.amount, node: table.nodes[most.node].name,
                matching: summary.matching)
        }
        return .fullTogether(needed: need, matching: summary.matching)
    }

    /// Why no node at all comes into question, nil when one does.
    private func structuralReason(_ wanted: Placement.Signature) -> Placement.WaitReason? {
        guard !table.nodes.isEmpty else { return .noNodes }
        let target = targets[wanted.target]
        switch reaches[wanted.target] {
        case .pinnedUnknown: return .pinnedUnknown(node: target.nodeID ?? "")
        case .pinned(let index):
            let node = table.nodes[index]
            if let because = node.unavailability { return .pinnedUnavailable(node: node.name, because: because) }
            return target.requirements.first { !$0.isMet(by: node) }.map { .pinnedUnmet(node: node.name, $0) }
        case .pools(let pools):
            guard pools.usable.count == 0 else { return nil }
            let unusable = table.pools.matching(target).members
            let away = unusable.reduce(0) { $0 + table.pools.all[$1].members.count }
            if let node = unusable.compactMap({ table.pools.all[$0].members.first }).min(),
                let because = table.nodes[node].unavailability
            {
                return .matchesUnavailable(count: away, example: table.nodes[node].name, because: because)
            }
            return unmetReason(target)
        }
    }

    /// Which requirement no usable node meets.
    private func unmetReason(_ target: Placement.Target) -> Placement.WaitReason {
        let usable = table.pools.all.filter { $0.key.unavailability == nil }
        if usable.isEmpty, let first = table.nodes.first, let because = first.unavailability {
            return .noUsableNode(total: table.nodes.count, example: first.name, because: because)
        }
        let requirements = target.requirements
        let unmet = requirements.first { requirement in
            !usable.contains { requirement.isMet(by: $0.example) }
        }
        return unmet.map { .unmet($0) } ?? .unmetTogether(requirements)
    }
}
