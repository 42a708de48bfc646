import Core
import Testing

/// Plans a fleet minute by minute: what is assigned runs for a time and ends.
struct Simulation {
    let nodes: [Placement.Node]
    let ageing: Double
    var policy = Placement.Policy.binPack
    var queued: [Placement.Demand] = []
    /// The minute in which each workload started.
    private(set) var started: [String: Int64] = [:]
    private var running: [(attempt: Placement.Running, endsAt: Int64)] = []

    init(nodes: [Placement.Node], ageing: Double, policy: Placement.Policy = .binPack) {
        self.nodes = nodes
        self.ageing = ageing
        self.policy = policy
    }

    /// One plan; `length` gives the minutes a workload runs.
    mutating func step(minute: Int64, length: (String) -> Int64) {
        running.removeAll { $0.endsAt <= minute }
        let snapshot = Placement.Snapshot(
            nowMs: minute * 60_000, nodes: nodes, running: running.map(\.attempt), queued: queued, policy: policy,
            ageing: ageing)
        let plan = Placement.plan(snapshot)
        expectValid(plan, for: snapshot)
        let nodeOf = plan.nodeOf
        for demand in queued {
            guard let node = nodeOf[demand.workloadID] else { continue }
            started[demand.workloadID] = minute
            let attempt = Placement.Running(
                workloadID: demand.workloadID, attemptID: demand.workloadID, nodeID: node, resources: demand.resources,
                priority: demand.priority, owner: demand.owner)
            running.append((attempt, minute + length(demand.workloadID)))
        }
        queued.removeAll { nodeOf[$0.workloadID] != nil }
    }
}
