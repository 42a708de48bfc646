extension Placement {
    /// One decision: this workload starts on this node.
    package struct Assignment: Sendable, Hashable {
        package let workloadID: String
        package let nodeID: String
        /// The node's generation in the snapshot; a node that has moved on gets nothing from this plan.
        package let nodeGeneration: UInt64
    }

    /// Attempts to end so that a workload fits. The workload is not assigned yet: it keeps waiting, and a later plan
    /// assigns it when they are gone. The caller marks them with `Running.preemptedFor`.
    package struct Preemption: Sendable, Hashable {
        package let workloadID: String
        package let nodeID: String
        /// In the order in which they were chosen, lowest priority first.
        package let attemptIDs: [String]
    }

    /// What to do about a snapshot.
    package struct Plan: Sendable, Equatable {
        /// In the order in which they were decided: first come those that matter most.
        package internal(set) var assignments: [Assignment] = []
        /// Why each other queued workload is not assigned.
        package internal(set) var waiting: [String: WaitReason] = [:]
        /// Empty unless the snapshot allows preemption.
        package internal(set) var preemptions: [Preemption] = []
    }
}
