package import Operations

extension Placement {
    /// A queued workload: what it asks of a node and when it was asked.
    package struct Demand: Sendable, Hashable {
        /// Of two demands with one id the first in order of submission counts.
        package let workloadID: String
        /// 0 to 100, higher goes first; values outside are clamped.
        package let priority: Int
        /// Milliseconds since 1970.
        package let submittedAtMs: Int64
        /// What it occupies while it runs; at least one attempt is counted.
        package let resources: Resources
        /// What the node's labels must meet.
        package let selector: LabelSelector
        /// The nodes that its submitter may use; it runs on no other.
        package let reach: NodeReach
        /// The one node it may run on, by id.
        package let nodeID: String?
        /// Words that the node's GPU model must hold in this order, ignoring case: `A100` is met by
        /// `NVIDIA A100-SXM4-80GB`.
        package let gpuModel: String?
        /// Whether a container engine must work on the node.
        package let needsEngine: Bool
        /// It is not placed before this time (retry backoff), milliseconds since 1970.
        package let notBeforeMs: Int64?
        /// Who is charged for it in the fair order inside one priority.
        package let owner: String

        package init(
            workloadID: String, priority: Int = 50, submittedAtMs: Int64 = 0, resources: Resources,
            selector: LabelSelector = .everything, reach: NodeReach = .everything, nodeID: String? = nil,
            gpuModel: String? = nil,
            needsEngine: Bool = false, notBeforeMs: Int64? = nil, owner: String = ""
        ) {
            self.workloadID = workloadID
            self.priority = min(100, max(0, priority))
            self.submittedAtMs = submittedAtMs
            self.resources = resources
            self.selector = selector
            self.reach = reach
            self.nodeID = nodeID
            self.gpuModel = gpuModel
            self.needsEngine = needsEngine
            self.notBeforeMs = notBeforeMs
            self.owner = owner
        }
    }

    /// An attempt that occupies a node: assigned, starting, running, or on its way out.
    package struct Running: Sendable, Hashable {
        package let workloadID: String
        package let attemptID: String
        package let nodeID: String
        package let resources: Resources
        /// 0 to 100, as submitted; preemption never touches an attempt of equal or higher priority.
        package let priority: Int
        /// Who is charged for it in the fair order.
        package let owner: String
        /// The workload for which it is already being ended: what it leaves is kept for that one, and it is not
        /// preempted again.
        package let preemptedFor: String?

        package init(
            workloadID: String, attemptID: String, nodeID: String, resources: Resources, priority: Int = 50,
            owner: String, preemptedFor: String? = nil
        ) {
            self.workloadID = workloadID
            self.attemptID = attemptID
            self.nodeID = nodeID
            self.resources = resources
            self.priority = min(100, max(0, priority))
            self.owner = owner
            self.preemptedFor = preemptedFor
        }
    }
}
