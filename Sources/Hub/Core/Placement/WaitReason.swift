package import Operations

extension Placement {
    /// Something a workload asks of a node besides resources.
    package enum Requirement: Sendable, Hashable {
        case label(LabelRequirement)
        /// One of the nodes that its submitter may use.
        case permitted(NodeReach)
        case gpuModel(String)
        case engine
    }

    /// Why a queued workload is not placed. `sentence` says it to a person.
    package enum WaitReason: Sendable, Hashable {
        /// The fleet is empty.
        case noNodes
        /// There are nodes, none of which may get work; `example` is one of them.
        case noUsableNode(total: Int, example: String, because: Unavailability)
        /// No usable node meets this one requirement.
        case unmet(Requirement)
        /// Each requirement is met somewhere, all of them nowhere.
        case unmetTogether([Requirement])
        /// Nodes that may not get work would match.
        case matchesUnavailable(count: Int, example: String, because: Unavailability)
        /// The node it is pinned to does not exist.
        case pinnedUnknown(node: String)
        /// The node it is pinned to gets no work.
        case pinnedUnavailable(node: String, because: Unavailability)
        /// The node it is pinned to lacks something.
        case pinnedUnmet(node: String, Requirement)
        /// No matching node could hold it even when empty, for this kind of resource.
        case tooLarge(ResourceKind, needed: Int64, largest: Int64, node: String)
        /// Each amount is there on some node, all of them together on none, even when empty.
        case tooLargeTogether(needed: Resources, matching: Int)
        /// Nodes match and are full, for this kind of resource; `node` has the most of it free.
        case full(ResourceKind, needed: Int64, mostFree: Int64, node: String, matching: Int)
        /// Each amount is free on some node, all of them together on none.
        case fullTogether(needed: Resources, matching: Int)
        /// It would fit on this node, whose room is kept for a workload that has waited too long or is more urgent.
        case reserved(node: String, forWorkload: String)
        /// This node is kept for it until enough running there has ended.
        case holding(node: String)
        /// Attempts of lower priority are being ended for it on this node.
        case preempting(node: String, attempts: Int)
        /// Its retry is due at this time, milliseconds since 1970.
        case backoff(untilMs: Int64)
    }
}
