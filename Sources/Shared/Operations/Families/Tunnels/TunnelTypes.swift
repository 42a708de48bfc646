/// Where a tunnel is reached.
package struct TunnelExpose: Codable, Sendable, Hashable {
    /// Of a TCP tunnel.
    package var port: Int?
    /// Of an HTTP tunnel.
    package var hostname: String?

    package init(port: Int? = nil, hostname: String? = nil) {
        self.port = port
        self.hostname = hostname
    }

    static let schema = JSONSchema.object(
        [
            "port": .integer(minimum: 1, maximum: 65_535).describe("Of a TCP tunnel: one of the hub's range"),
            "hostname": .string(minLength: 1, maxLength: 253).describe(
                "Of an HTTP tunnel: a name below the hub's domain for tunnels, or a whole one that leads to the hub"),
        ], required: [])
}

/// Who may use a tunnel.
package struct TunnelAccess: Codable, Sendable, Hashable {
    /// Addresses and networks in CIDR notation; everybody where left out.
    package var allowFrom: [String]?
    /// A token that requests have to show; it is told to the hub, and never by it.
    package var bearer: String?
    /// Whether requests have to show a token. Told by the hub, and not looked at by it.
    package var needsBearer: Bool?

    package init(allowFrom: [String]? = nil, bearer: String? = nil) {
        self.allowFrom = allowFrom
        self.bearer = bearer
    }

    static let schema = JSONSchema.object(
        [
            "bearer": .bearer, "needsBearer": .boolean,
            "allowFrom": .array(of: .string(minLength: 2, maxLength: 64), minItems: 1, maxItems: 64)
                .describe("Addresses and networks in CIDR notation; everybody where left out"),
        ], required: [])
}

package struct TunnelCreateInput: Described, Hashable {
    package var label: String?
    package var project: String?
    /// Id or name; left out by a tunnel peer for itself.
    package var node: String?
    package var endpoint: String
    package var expose: TunnelExpose?
    package var access: TunnelAccess?
    /// Whether it takes connections at once; so when left out.
    package var enabled: Bool?

    package init(node: String?, endpoint: String) {
        self.node = node
        self.endpoint = endpoint
    }

    package static let schema = JSONSchema.object(
        [
            "label": .tunnelLabel, "project": .name, "node": .string(minLength: 1), "endpoint": .endpoint,
            "expose": TunnelExpose.schema, "access": TunnelAccess.schema, "enabled": .boolean,
        ], required: ["endpoint"])
}

package struct TunnelUpdateInput: Described, Hashable {
    package var id: String
    package var label: String?
    package var endpoint: String?
    /// Addresses and networks that may use it; an empty list for everybody.
    package var allowFrom: [String]?
    /// A token that requests have to show; an empty one for none.
    package var bearer: String?

    package init(id: String) { self.id = id }

    package static let schema = JSONSchema.object(
        [
            "id": .tunnel, "label": .tunnelLabel, "endpoint": .endpoint,
            "allowFrom": .array(of: .string(minLength: 2, maxLength: 64), maxItems: 64)
                .describe("Addresses and networks that may use it; an empty list for everybody"),
            "bearer": .string(maxLength: 512).describe("A token that requests have to show; an empty one for none"),
        ], required: ["id"])
}

package struct TunnelView: Described, Hashable {
    package enum State: String, Codable, Sendable, CaseIterable {
        /// Takes no connections.
        case disabled
        /// Not all steps are taken, or it is not known yet.
        case pending
        /// Verified from end to end, and nothing has been lost since.
        case ready
    }

    package var id: String
    package var label: String?
    package var project: String?
    /// What it ends at, by name: a node, or a machine without one; its id where it was removed.
    package var node: String
    package var nodeId: String
    /// What kind of peer that is: `spoke`, or `tunnel` for a machine without one.
    package var carriedBy: PeerKind
    /// Normalised: `SCHEME://HOST:PORT`.
    package var endpoint: String
    /// `tcp` or `http`.
    package var `protocol`: String
    package var expose: TunnelExpose
    package var access: TunnelAccess
    /// What people connect to.
    package var url: String
    package var state: State
    /// The id of the peer who made it.
    package var createdBy: String
    package var createdAt: String

    package init(
        id: String, node: String, nodeId: String, carriedBy: PeerKind, endpoint: String, protocol: String,
        expose: TunnelExpose, access: TunnelAccess,
        url: String, state: State, createdBy: String, createdAt: String
    ) {
        self.id = id
        self.node = node
        self.nodeId = nodeId
        self.carriedBy = carriedBy
        self.endpoint = endpoint
        self.protocol = `protocol`
        self.expose = expose
        self.access = access
        self.url = url
        self.state = state
        self.createdBy = createdBy
        self.createdAt = createdAt
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "label": .string(), "project": .string(), "node": .string(), "nodeId": .string(),
            "carriedBy": PeerKind.schema,
            "endpoint": .string(),
            "protocol": .string(), "expose": TunnelExpose.schema, "access": TunnelAccess.schema, "url": .string(),
            "state": .enumeration(State.self), "createdBy": .string(), "createdAt": .timestamp,
        ],
        required: [
            "id", "node", "nodeId", "carriedBy", "endpoint", "protocol", "expose", "access", "url", "state",
            "createdBy", "createdAt",
        ])
}

package struct TunnelListInput: Described, Hashable {
    package var node: String?
    package var project: String?
    package var cursor: String?
    package var limit: Int?

    package init() {}

    package static let schema = JSONSchema.object(
        [
            "node": .string(minLength: 1), "project": .name, "cursor": .string(minLength: 1),
            "limit": .integer(minimum: 1, maximum: 1_000),
        ], required: [])
}

package struct TunnelList: Described, Hashable {
    package var tunnels: [TunnelView]
    package var cursor: String?

    package init(tunnels: [TunnelView], cursor: String? = nil) {
        self.tunnels = tunnels
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        ["tunnels": .array(of: TunnelView.schema), "cursor": .string()], required: ["tunnels"])
}

extension TunnelList: Page {
    package var items: [TunnelView] { tunnels }
}
