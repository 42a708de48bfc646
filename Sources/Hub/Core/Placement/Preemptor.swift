extension Placement.Planner {
    /// Attempts of lower priority whose end would make a node large enough for a demand.
    private struct Offer {
        let node: Int
        let victims: [Placement.Running]

        /// Least harm first: the highest priority among the victims, then how many they are.
        var harm: (Int, Int, Int) { (victims.map(\.priority).max() ?? 0, victims.count, node) }
    }

    /// Makes room for the highest waiting priorities by ending attempts of lower ones. Priorities are those submitted:
    /// ageing earns a place in the queue, not the right to end somebody's work.
    mutating func preempt() {
        let limit = max(0, snapshot.maxPreemptions)
        guard limit > 0 else { return }
        let (victims, served) = preemptible()
        var claimed = Set<Int>()
        var failed: [Int: Int] = [:]
        // A try looks at every node that matches, hence a bound on tries as well.
        var tries = min(limit, 1_000_000) * 4
        let ordered = passedOver.enumerated().sorted {
            $0.element.priority != $1.element.priority
                ? $0.element.priority > $1.element.priority : $0.offset < $1.offset
        }
        for (_, item) in ordered where tries > 0 && plan.preemptions.count < limit {
            let signature = signatureOf[item.demand]
            let workload = demands[item.demand].workloadID
            if served.contains(workload) || failed[signature] ?? -1 >= item.priority { continue }
            tries -= 1
            var best: Offer?
            for node in nodes(for: signature) where !claimed.contains(node) {
                guard let offer = offer(on: node, for: item, among: victims[node] ?? []) else { continue }
                if let known = best, known.harm < offer.harm { continue }
                best = offer
            }
            guard let best else {
                failed[signature] = item.priority
                continue
            }
            claimed.insert(best.node)
            plan.preemptions.append(
                Placement.Preemption(
                    workloadID: workload, nodeID: table.nodes[best.node].id, attemptIDs: best.victims.map(\.attemptID)))
            ownReason[item.demand] = .preempting(
                node: table.nodes[best.node].name, attempts: best.victims.count)
        }
    }

    /// Attempts that may be ended, by node, lowest priority first; and the workloads for which some are already ending.
    private func preemptible() -> (victims: [Int: [Placement.Running]], served: Set<String>) {
        var victims: [Int: [Placement.Running]] = [:]
        var served = Set<String>()
        for attempt in snapshot.running {
            if let workload = attempt.preemptedFor {
                served.insert(workload)
            } else if let node = table.indexOfID[attempt.nodeID] {
                victims[node, default: []].append(attempt)
            }
        }
        for node in victims.keys {
            victims[node]?.sort { ($0.priority, $0.attemptID) < ($1.priority, $1.attemptID) }
        }
        return (victims, served)
    }

    private func offer(
        on node: Int, for item: Placement.FairQueue.Item, among running: [Placement.Running]
    ) -> Offer? {
        let need = signatures[signatureOf[item.demand]].need
        guard need.fits(in: table.nodes[node].capacity) else { return nil }
        var ended = Placement.Resources.zero
        var chosen: [Placement.Running] = []
        for attempt in running where attempt.priority < item.priority {
            let room = table.available(node, without: ended)
            if need.fits(in: room) { break }
            let resources = attempt.resources.asAttempt
            let helps = Placement.ResourceKind.allCases.contains { need[$0] > room[$0] && resources[$0] > 0 }
            guard helps else { continue }
            ended = ended.adding(resources)
            chosen.append(attempt)
        }
        guard !chosen.isEmpty, need.fits(in: table.available(node, without: ended)) else { return nil }
        // The last ones may have made the first ones needless; spare the highest priorities first.
        for index in chosen.indices.reversed() {
            let fewer = ended.subtracting(chosen[index].resources.asAttempt)
            if need.fits(in: table.available(node, without: fewer)) {
                ended = fewer
                chosen.remove(at: index)
            }
        }
        guard !chosen.isEmpty else { return nil }
        return Offer(node: node, victims: chosen)
    }
}
