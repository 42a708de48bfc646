extension Placement.Planner {
    /// The most signatures that ageing keeps room for in one plan.
    private static let agedLimit = 16
    /// The most nodes that are let run empty for one demand at a time.
    private static let drainLimit = 32

    /// Keeps room before anything is placed: where attempts are being ended for someone, and for those who have waited
    /// past the highest priority.
    mutating func keepRoom() {
        keepPreempted()
        // One demand of each signature is enough: the next one is looked after when this one runs.
        var oldest: [Int: Placement.FairQueue.Item] = [:]
        for item in queue where item.effective > 100 {
            let signature = signatureOf[item.demand]
            if let known = oldest[signature], known.effective >= item.effective { continue }
            oldest[signature] = item
        }
        let waiting = oldest.values.sorted {
            $0.effective != $1.effective ? $0.effective > $1.effective : $0.demand < $1.demand
        }
        var kept = 0
        for item in waiting where kept < Self.agedLimit && holdsOf[item.demand] == nil {
            if keepRoom(for: item) { kept += 1 }
        }
    }

    private mutating func keepPreempted() {
        var ending: [String: [String: Int]] = [:]
        for attempt in snapshot.running {
            guard let workload = attempt.preemptedFor else { continue }
            ending[workload, default: [:]][attempt.nodeID, default: 0] += 1
        }
        guard !ending.isEmpty else { return }
        for item in queue {
            guard let first = ending[demands[item.demand].workloadID]?.min(by: { $0.key < $1.key }),
                let node = table.indexOfID[first.key], may(signatureOf[item.demand], use: node)
            else { continue }
            hold(.preempting, item, on: node)
            ownReason[item.demand] = .preempting(node: table.nodes[node].name, attempts: first.value)
        }
    }

    /// Keeps one node that has the room now, or else those that are nearest to having it.
    private mutating func keepRoom(for item: Placement.FairQueue.Item) -> Bool {
        let signature = signatureOf[item.demand]
        if let node = best(signature) {
            hold(.aged, item, on: node)
            return true
        }
        let need = signatures[signature].need
        // By id, so that the choice does not jump about when something else in the queue changes.
        let able = nodes(for: signature).filter { need.fits(in: table.nodes[$0].capacity) }.sorted()
        guard !able.isEmpty else { return false }
        let draining = nodesToDrain(able, for: item)
        for node in draining { hold(.aged, item, on: node) }
        ownReason[item.demand] = draining.first.map { .holding(node: table.nodes[$0].name) }
        return true
    }

    /// Which of the nodes that could hold a demand are let run empty for it.
    ///
    /// The nearest first, and one more for each ten points of ageing, because the nearest may run something that never
    /// ends. Never more than half of them, or `drainLimit`: after that the choice moves on every sixty points, with a pause
    /// after each round, so that a demand that nothing can help does not stop the fleet.
    private func nodesToDrain(_ able: [Int], for item: Placement.FairQueue.Item) -> [Int] {
        let most = min(Self.drainLimit, max(1, able.count / 2))
        let step = Int(min(1_000_000_000, (item.effective - 100) / 10))
        let growth = max(6, most)
        if step < growth {
            let need = signatures[signatureOf[item.demand]].need
            let nearest = able.map { ($0, shortage(need, on: $0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
            return nearest.prefix(min(most, step + 1)).map(\.0)
        }
        let rounds = (able.count + most - 1) / most
        let turn = (step - growth) / 6 % (rounds + 1)
        let start = min(turn * most, able.count)
        return Array(able[start..<min(start + most, able.count)])
    }

    /// How far a node is from having the room, in parts of what is asked.
    private func shortage(_ need: Placement.Resources, on node: Int) -> Double {
        let available = table.available(node)
        return Placement.ResourceKind.allCases.reduce(0) { sum, kind in
            need[kind] > available[kind] ? sum + Double(need[kind] - available[kind]) / Double(need[kind]) : sum
        }
    }

    private mutating func hold(_ kind: Placement.Hold.Kind, _ item: Placement.FairQueue.Item, on node: Int) {
        let need = signatures[signatureOf[item.demand]].need
        holdsOf[item.demand, default: []].append(holds.count)
        holdsOn[node, default: []].append(holds.count)
        holds.append(Placement.Hold(kind: kind, item: item, node: node, need: need))
        table.hold(need, on: node)
    }
}
