import Core
import Operations
import Testing

/// Checks what every plan promises, by the plainest means: no index, no cache, no shared code with the planner.
func expectValid(
    _ plan: Placement.Plan, for snapshot: Placement.Snapshot,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let nodes = Dictionary(snapshot.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let demands = Dictionary(snapshot.queued.map { ($0.workloadID, $0) }, uniquingKeysWith: { first, _ in first })
    var free = nodes.mapValues(\.capacity)
    for attempt in snapshot.running { free[attempt.nodeID]?.remove(attempt.resources) }

    var faults: [String] = []
    for assignment in plan.assignments {
        guard let node = nodes[assignment.nodeID], let demand = demands[assignment.workloadID] else {
            faults.append("\(assignment) names a node or workload that is not there")
            continue
        }
        if !meets(node, demand) { faults.append("\(demand.workloadID) must not run on \(node.id)") }
        if let due = demand.notBeforeMs, due > snapshot.nowMs {
            faults.append("\(demand.workloadID) is placed too soon")
        }
        if assignment.nodeGeneration != node.generation { faults.append("\(node.id) has another generation") }
        if let room = free[node.id], !fits(demand.resources, room) { faults.append("\(node.id) is filled too far") }
        free[node.id]?.remove(demand.resources)
    }

    let placed = Set(plan.assignments.map(\.workloadID))
    if placed.count != plan.assignments.count { faults.append("a workload is placed twice") }
    if placed.union(plan.waiting.keys) != Set(demands.keys) || !placed.isDisjoint(with: plan.waiting.keys) {
        faults.append("not every workload is either placed or told why it waits")
    }
    for (workload, reason) in plan.waiting {
        if reason.sentence.isEmpty { faults.append("\(workload) waits without words") }
        guard let demand = demands[workload] else { continue }
        switch reason {
        case .backoff, .reserved, .holding, .preempting: continue
        default: break
        }
        if let node = snapshot.nodes.first(where: { meets($0, demand) && fits(demand.resources, free[$0.id] ?? .zero) })
        {
            faults.append("\(workload) waits (\(reason.sentence)) but fits on \(node.id)")
        }
    }
    #expect(faults.isEmpty, sourceLocation: sourceLocation)
}

private func meets(_ node: Placement.Node, _ demand: Placement.Demand) -> Bool {
    [.connected, .degraded].contains(node.state) && node.drain == .none && node.refusal == nil
        && demand.selector.matches(node.labels)
        && demand.reach.covers(node: node.labels) && (demand.nodeID ?? node.id) == node.id
        && (!demand.needsEngine || node.hasEngine)
        && (demand.gpuModel.map { node.gpuModel?.contains($0) ?? false } ?? true)
}

private func fits(_ need: Placement.Resources, _ free: Placement.Resources) -> Bool {
    Placement.ResourceKind.allCases.allSatisfy { need[$0] == 0 || need[$0] <= free[$0] } && free.attempts > 0
}

extension Placement.Resources {
    fileprivate mutating func remove(_ other: Placement.Resources) { self = subtracting(other) }
}
