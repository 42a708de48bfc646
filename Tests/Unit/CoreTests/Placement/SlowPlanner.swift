import Operations

@testable import Core

/// What a plan should be, worked out by the plainest means: every owner and every node is looked at for every decision.
///
/// It knows no holds and no preemption, so it speaks only for snapshots in which nobody has aged past the highest
/// priority and nothing is being ended for anybody.
struct SlowPlanner {
    private let snapshot: Placement.Snapshot
    private let nodes: [Placement.Node]
    /// Sorted as placement breaks ties.
    private let places: [String: Int]
    private var used: [String: Placement.Resources] = [:]
    private var unasking: [String: Int] = [:]
    private var ownerUses: [String: Placement.Resources] = [:]
    /// Oldest first.
    private var waiting: [Placement.Demand]

    init(_ snapshot: Placement.Snapshot) {
        self.snapshot = snapshot
        nodes = snapshot.nodes.sorted { $0.id < $1.id }
        let ties = nodes.map { (Placement.hash($0.id, seed: snapshot.seed), $0.id) }.sorted { $0 < $1 }
        places = Dictionary(uniqueKeysWithValues: ties.enumerated().map { ($1.1, $0) })
        waiting = snapshot.queued.filter { ($0.notBeforeMs ?? 0) <= snapshot.nowMs }.sorted {
            ($0.submittedAtMs, $0.workloadID) < ($1.submittedAtMs, $1.workloadID)
        }
        for attempt in snapshot.running {
            take(attempt.resources, on: attempt.nodeID, for: attempt.owner)
        }
    }

    /// The node of each workload that is placed, in the order of the decisions.
    mutating func run() -> [Placement.Assignment] {
        var plan: [Placement.Assignment] = []
        while let next = nextPlace() {
            let demand = waiting.remove(at: next)
            let wantsGPU = demand.resources.gpus > 0
            let able = nodes.filter { suits($0, demand) && fits(demand.resources, on: $0) }
            guard let node = able.min(by: { isBetter($0, $1, wantsGPU: wantsGPU) }) else { continue }
            take(demand.resources, on: node.id, for: demand.owner)
            plan.append(
                Placement.Assignment(
                    workloadID: demand.workloadID, nodeID: node.id, nodeGeneration: node.generation))
        }
        return plan
    }

    /// The demand whose turn it is, as its place in `waiting`.
    private func nextPlace() -> Int? {
        var best: (effective: Double, place: Int)?
        for priority in Set(waiting.map(\.priority)).sorted(by: >) {
            // Of each owner the oldest, of those the one with the smallest share, waiting counted in.
            var head: (key: Double, place: Int)?
            var seen = Set<String>()
            for (place, demand) in waiting.enumerated() where demand.priority == priority {
                guard seen.insert(demand.owner).inserted else { continue }
                let key = share(demand.owner) - (snapshot.ageing > 0 ? minutes(demand) / 1440 : 0)
                if let head, head.key <= key { continue }
                head = (key, place)
            }
            guard let head else { continue }
            let effective = Double(priority) + snapshot.ageing * minutes(waiting[head.place])
            if let best, best.effective >= effective { continue }
            best = (effective, head.place)
        }
        return best?.place
    }

    private func minutes(_ demand: Placement.Demand) -> Double {
        Double(max(0, snapshot.nowMs - demand.submittedAtMs)) / 60_000
    }

    /// The largest part of the usable fleet that an owner uses of any one kind.
    private func share(_ owner: String) -> Double {
        let total = nodes.filter(takesWork).reduce(Placement.Resources.zero) { $0.adding($1.capacity) }
        let uses = ownerUses[owner] ?? .zero
        return Placement.ResourceKind.allCases.reduce(0) { share, kind in
            total[kind] > 0 ? max(share, Double(uses[kind]) / Double(total[kind])) : share
        }
    }

    private mutating func take(_ amount: Placement.Resources, on node: String, for owner: String) {
        let amount = Placement.Resources(
            milliCPU: amount.milliCPU, memoryBytes: amount.memoryBytes, gpus: amount.gpus,
            attempts: max(1, amount.attempts))
        used[node] = (used[node] ?? .zero).adding(amount)
        ownerUses[owner] = (ownerUses[owner] ?? .zero).adding(amount)
        if amount.milliCPU == 0 { unasking[node, default: 0] += 1 }
    }

    private func free(_ node: Placement.Node) -> Placement.Resources {
        node.capacity.subtracting(used[node.id] ?? .zero)
    }

    private func fits(_ need: Placement.Resources, on node: Placement.Node) -> Bool {
        let free = free(node)
        return Placement.ResourceKind.allCases.allSatisfy { need[$0] <= free[$0] } && free.attempts >= 1
    }

    private func takesWork(_ node: Placement.Node) -> Bool {
        [.connected, .degraded].contains(node.state) && node.drain == .none && node.refusal == nil
    }

    private func suits(_ node: Placement.Node, _ demand: Placement.Demand) -> Bool {
        takesWork(node) && demand.selector.matches(node.labels) && demand.reach.covers(node: node.labels)
            && (demand.nodeID ?? node.id) == node.id && (!demand.needsEngine || node.hasEngine)
            && (demand.gpuModel.map { node.gpuModel?.contains($0) ?? false } ?? true)
    }

    /// Healthy before degraded, own before rented, GPUs kept for who asks for them, cheap before dear; what asks for no
    /// CPU goes round; then by load and number of attempts as the policy says, and by the seed.
    private func isBetter(_ left: Placement.Node, _ right: Placement.Node, wantsGPU: Bool) -> Bool {
        let (left, right) = (figures(left, wantsGPU: wantsGPU), figures(right, wantsGPU: wantsGPU))
        return left.lexicographicallyPrecedes(right)
    }

    private func figures(_ node: Placement.Node, wantsGPU: Bool) -> [Double] {
        let sign: Double = snapshot.policy == .binPack ? -1 : 1
        let free = free(node)
        return [
            node.state == .degraded ? 1 : 0, node.isRented ? 1 : 0, node.capacity.gpus > 0 && !wantsGPU ? 1 : 0,
            node.hourlyPrice ?? (node.isRented ? .infinity : 0),
            Double((unasking[node.id] ?? 0) / max(1, node.capacity.milliCPU / 1_000)), sign * load(node, free),
            sign * Double(node.capacity.attempts - free.attempts), Double(places[node.id] ?? 0),
        ]
    }

    /// The mean used part of the kinds that the node has.
    private func load(_ node: Placement.Node, _ free: Placement.Resources) -> Double {
        let kinds = [Placement.ResourceKind.cpu, .memory, .gpus].filter { node.capacity[$0] > 0 }
        guard !kinds.isEmpty else { return 0 }
        return kinds.reduce(0.0) { $0 + (1 - Double(free[$1]) / Double(node.capacity[$1])) } / Double(kinds.count)
    }
}
