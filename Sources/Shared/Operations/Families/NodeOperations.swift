/// The fleet's machines.
package enum NodeOperations {
    package static let list = Operation<NodeListInput, NodeList>(
        "node/list", .query, summary: "The nodes of the fleet, by name; 10,000 a page at most")

    package static let show = Operation<NodeRef, NodeView>(
        "node/show", .query, resource: .init(AccessRule.Resource.node, at: "node"),
        summary: "One node with its facts and last status")

    package static let label = Operation<NodeLabelInput, NodeView>(
        "node/label", .mutation, resource: .init(AccessRule.Resource.node, at: "node"),
        summary: "Set and remove labels of a node")

    package static let drain = Operation<NodeRef, NodeView>(
        "node/drain", .mutation, resource: .init(AccessRule.Resource.node, at: "node"),
        summary: "Place nothing more on a node; what runs there runs to its end")

    package static let undrain = Operation<NodeRef, NodeView>(
        "node/undrain", .mutation, resource: .init(AccessRule.Resource.node, at: "node"),
        summary: "Place workloads on a node again")

    package static let approve = Operation<NodeRef, NodeView>(
        "node/approve", .mutation, resource: .init(AccessRule.Resource.node, at: "node"),
        summary: "Let a pending node serve")

    package static let remove = Operation<NodeRemoval, NodeRemoved>(
        "node/remove", .mutation, resource: .init(AccessRule.Resource.node, at: "node"),
        summary: "Take a node out of the fleet: its links close at once, its key is refused from then on",
        description:
            "Refused with FAILED_PRECONDITION while workloads run there, unless forced: then the node is told to "
            + "end them, where it can be reached, and they count as lost here.")
}

package struct NodeRemoval: Described, Hashable {
    package var node: String
    /// Also while workloads run there.
    package var force: Bool?

    package init(node: String, force: Bool? = nil) {
        self.node = node
        self.force = force
    }

    package static let schema = JSONSchema.object(
        ["node": .string(minLength: 1, maxLength: 63), "force": .boolean], required: ["node"])
}

package struct NodeRemoved: Described, Hashable {
    package var node: String
    /// Workloads whose attempts there were given up.
    package var lost: [String]
    /// Of those the ones that the node could not be told to end: their programs may still run there.
    package var unreached: [String]

    package init(node: String, lost: [String], unreached: [String]) {
        self.node = node
        self.lost = lost
        self.unreached = unreached
    }

    package static let schema = JSONSchema.object(
        ["node": .string(), "lost": .array(of: .string()), "unreached": .array(of: .string())],
        required: ["node", "lost", "unreached"])
}

package struct NodeRef: Described, Hashable {
    package var node: String

    package init(node: String) {
        self.node = node
    }

    package static let schema = JSONSchema.object(
        ["node": .string(minLength: 1, maxLength: 63).describe("Id, name, or unique prefix of an id")],
        required: ["node"])
}

package struct NodeListInput: Described, Hashable {
    /// Selector texts.
    package var labels: [String]?
    /// 10,000 when left out.
    package var limit: Int?
    package var cursor: String?

    package init(labels: [String]? = nil, limit: Int? = nil, cursor: String? = nil) {
        self.labels = labels
        self.limit = limit
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        [
            "labels": .array(of: .string(minLength: 1), maxItems: 64), "limit": .integer(minimum: 1, maximum: 10_000),
            "cursor": .string(maxLength: 128),
        ], required: [])
}

package struct NodeList: Described, Hashable {
    package var nodes: [NodeView]
    /// To be passed for the next page; left out on the last one.
    package var cursor: String?

    package init(nodes: [NodeView], cursor: String? = nil) {
        self.nodes = nodes
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        ["nodes": .array(of: NodeView.schema), "cursor": .string()], required: ["nodes"])
}

package struct NodeLabelInput: Described, Hashable {
    package var node: String
    package var set: [String: String]?
    package var remove: [String]?

    package init(node: String, set: [String: String]?, remove: [String]?) {
        self.node = node
        self.set = set
        self.remove = remove
    }

    package static let schema = JSONSchema.object(
        [
            "node": .string(minLength: 1, maxLength: 63), "set": .labels,
            "remove": .array(of: .string(minLength: 1), maxItems: 64),
        ], required: ["node"])
}

package struct NodeView: Described, Hashable {
    package var id: String
    package var name: String
    /// `pending`, `connected`, `degraded`, `disconnected`, `offline`, `removed`.
    package var state: String
    /// `none`, `draining`, `drained`.
    package var drain: String
    package var labels: [String: String]
    /// Left out for a node that was never seen.
    package var lastSeen: String?
    package var cpus: Int?
    package var memory: Int64?
    package var address: String?
    package var software: String?
    package var fingerprint: String?
    package var attempts: Int
    package var facts: HostFacts?
    package var status: HostStatus?

    package init(
        id: String, name: String, state: String, drain: String, labels: [String: String], lastSeen: String?,
        attempts: Int
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.drain = drain
        self.labels = labels
        self.lastSeen = lastSeen
        self.attempts = attempts
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "name": .string(),
            "state": .enumeration(["pending", "connected", "degraded", "disconnected", "offline", "removed"]),
            "drain": .enumeration(["none", "draining", "drained"]), "labels": .labels, "lastSeen": .timestamp,
            "cpus": .integer(minimum: 0), "memory": .bytes, "address": .string(), "software": .string(),
            "fingerprint": .string(), "attempts": .integer(minimum: 0), "facts": HostFacts.schema,
            "status": HostStatus.schema,
        ], required: ["id", "name", "state", "drain", "labels", "attempts"])
}
