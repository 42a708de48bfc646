import Core
import Operations

/// Numbers that look random and are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

let gibibyte: Int64 = 1 << 30

/// Short forms for tests.
func resources(cpus: Int = 0, memory: Int64 = 0, gpus: Int = 0) -> Placement.Resources {
    Placement.Resources(milliCPU: cpus * 1000, memoryBytes: memory * gibibyte, gpus: gpus)
}

func node(
    _ id: String, cpus: Int = 4, memory: Int64 = 16, gpus: Int = 0, labels: [String: String] = [:],
    state: Placement.NodeState = .connected, drain: Placement.Drain = .none, isRented: Bool = false,
    price: Double? = nil, hasEngine: Bool = false, gpuModel: String? = nil, generation: UInt64 = 0,
    maxAttempts: Int = 10_000
) -> Placement.Node {
    Placement.Node(
        id: id, state: state, drain: drain, labels: labels,
        capacity: resources(cpus: cpus, memory: memory, gpus: gpus), maxAttempts: maxAttempts, isRented: isRented,
        hourlyPrice: price, hasEngine: hasEngine, gpuModel: gpuModel, generation: generation)
}

func demand(
    _ id: String, cpus: Int = 0, memory: Int64 = 0, gpus: Int = 0, priority: Int = 50, at minutes: Int64 = 0,
    labels: [String] = [], reach: NodeReach = .everything, on nodeID: String? = nil, gpuModel: String? = nil,
    needsEngine: Bool = false,
    notBeforeMs: Int64? = nil, owner: String = ""
) throws -> Placement.Demand {
    Placement.Demand(
        workloadID: id, priority: priority, submittedAtMs: minutes * 60_000,
        resources: resources(cpus: cpus, memory: memory, gpus: gpus), selector: try LabelSelector(parsing: labels),
        reach: reach, nodeID: nodeID, gpuModel: gpuModel, needsEngine: needsEngine, notBeforeMs: notBeforeMs,
        owner: owner)
}

func running(
    _ id: String, on nodeID: String, cpus: Int = 0, memory: Int64 = 0, gpus: Int = 0, priority: Int = 50,
    owner: String = "", preemptedFor: String? = nil
) -> Placement.Running {
    Placement.Running(
        workloadID: id, attemptID: "attempt-" + id, nodeID: nodeID,
        resources: resources(cpus: cpus, memory: memory, gpus: gpus), priority: priority, owner: owner,
        preemptedFor: preemptedFor)
}

extension Placement.Plan {
    /// The node of each placed workload.
    var nodeOf: [String: String] {
        Dictionary(assignments.map { ($0.workloadID, $0.nodeID) }, uniquingKeysWith: { first, _ in first })
    }
}
