/// What an administrator does with the peers of a hub, operators above all. Nodes have more of their own: ``NodeOperations``.
extension PeerOperations {
    package static let list = Operation<PeerListInput, PeerList>(
        "peer/list", .query,
        summary: "Who may link to the hub: operators, nodes and tunnels, by name; 10,000 a page at most")

    package static let disable = Operation<PeerRef, PeerView>(
        "peer/disable", .mutation, subject: .input("peer"),
        summary: "Refuse a peer from now on, and close its links and sessions, until it is enabled again")

    package static let enable = Operation<PeerRef, PeerView>(
        "peer/enable", .mutation, subject: .input("peer"), summary: "Admit a disabled peer again")

    package static let setRole = Operation<PeerRoleInput, PeerView>(
        "peer/set-role", .mutation, subject: .input("peer"),
        summary: "Give an operator another role; what runs on the old one alone ends",
        description:
            "Calls from then on have the new role. Unless that allows everything the old one did, the operator's links "
            + "close, and with them its calls and sessions; it may dial again at once.")

    package static let remove = Operation<PeerRef, Empty>(
        "peer/remove", .mutation, subject: .input("peer"),
        summary: "Take a peer out for good: its links and sessions close at once, its key is refused from then on")
}

/// What a peer is, as callers write it.
package enum PeerKind: String, Codable, Sendable, CaseIterable {
    case spoke, operator_ = "operator", tunnel

    static let schema = JSONSchema.enumeration(PeerKind.self)
}

package struct PeerListInput: Described, Hashable {
    /// Only peers of this kind.
    package var kind: PeerKind?
    /// 10,000 when left out.
    package var limit: Int?
    package var cursor: String?

    package init(kind: PeerKind? = nil, limit: Int? = nil, cursor: String? = nil) {
        self.kind = kind
        self.limit = limit
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        [
            "kind": PeerKind.schema, "limit": .integer(minimum: 1, maximum: 10_000), "cursor": .string(maxLength: 128),
        ], required: [])
}

package struct PeerRef: Described, Hashable {
    package var peer: String
    /// Tells apart peers of different kinds with one name.
    package var kind: PeerKind?

    package init(peer: String, kind: PeerKind? = nil) {
        self.peer = peer
        self.kind = kind
    }

    package static let schema = JSONSchema.object(
        [
            "peer": .string(minLength: 1, maxLength: 63).describe("Id, name, or unique prefix of an id"),
            "kind": PeerKind.schema,
        ], required: ["peer"])
}

package struct PeerRoleInput: Described, Hashable {
    /// An operator.
    package var peer: String
    package var role: String

    package init(peer: String, role: String) {
        self.peer = peer
        self.role = role
    }

    package static let schema = JSONSchema.object(
        [
            "peer": .string(minLength: 1, maxLength: 63).describe("Id, name, or unique prefix of an id"),
            "role": .string(minLength: 1, maxLength: 63),
        ], required: ["peer", "role"])
}

package struct PeerList: Described, Hashable {
    package var peers: [PeerView]
    /// To be passed for the next page; left out on the last one.
    package var cursor: String?

    package init(peers: [PeerView], cursor: String? = nil) {
        self.peers = peers
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        ["peers": .array(of: PeerView.schema), "cursor": .string()], required: ["peers"])
}

package struct PeerView: Described, Hashable {
    package var id: String
    package var name: String
    package var kind: PeerKind
    /// Operators' only.
    package var role: String?
    /// `pending`, `active` or `disabled`.
    package var state: String
    /// How many links it has now.
    package var links: Int
    package var createdAt: String
    package var fingerprint: String?

    package init(
        id: String, name: String, kind: PeerKind, role: String?, state: String, links: Int, createdAt: String,
        fingerprint: String?
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.role = role
        self.state = state
        self.links = links
        self.createdAt = createdAt
        self.fingerprint = fingerprint
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "name": .string(), "kind": PeerKind.schema, "role": .string(),
            "state": .enumeration(["pending", "active", "disabled"]), "links": .integer(minimum: 0),
            "createdAt": .timestamp, "fingerprint": .string(),
        ], required: ["id", "name", "kind", "state", "links", "createdAt"])
}
