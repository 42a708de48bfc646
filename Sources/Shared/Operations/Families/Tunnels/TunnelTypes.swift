/// Where a tunnel is reached.
package struct TunnelExpose: Codable, Sendable, Hashable {
    package var port: Int

    package init(port: Int) { self.port = port }

    static let schema = JSONSchema.object(
        ["port": .integer(minimum: 1, maximum: 65_535).describe("Of the hub's range")], required: ["port"])
}

/// Who may use a tunnel.
package struct TunnelAccess: Codable, Sendable, Hashable {
    /// Addresses and networks in CIDR notation; everybody where left out.
    package var allowFrom: [String]?

    package init(allowFrom: [String]? = nil) { self.allowFrom = allowFrom }

    static let schema = JSONSchema.object(
        [
            "allowFrom": .array(of: .string(minLength: 2, maxLength: 64), minItems: 1, maxItems: 64)
                .describe("Addresses and networks in CIDR notation; everybody where left out")
        ], required: [])
}

package struct TunnelCreateInput: Described, Hashable {
    package var label: String?
    package var project: String?
    /// Id or name.
    package var node: String
    package var endpoint: String
    package var expose: TunnelExpose?
    package var access: TunnelAccess?

    package init(node: String, endpoint: String) {
        self.node = node
        self.endpoint = endpoint
    }

    package static let schema = JSONSchema.object(
        [
            "label": .tunnelLabel, "project": .name, "node": .string(minLength: 1), "endpoint": .endpoint,
            "expose": TunnelExpose.schema, "access": TunnelAccess.schema,
        ], required: ["node", "endpoint"])
}

package struct TunnelUpdateInput: Described, Hashable {
    package var id: String
    package var label: String?
    package var endpoint: String?
    package var access: TunnelAccess?

    package init(id: String) { self.id = id }

    package static let schema = JSONSchema.object(
        ["id": .tunnel, "label": .tunnelLabel, "endpoint": .endpoint, "access": TunnelAccess.schema], required: ["id"])
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
    /// The node's name; its id where it was removed.
    package var node: String
    /// Normalised: `tcp://HOST:PORT`.
    package var endpoint: String
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
        id: String, node: String, endpoint: String, protocol: String, expose: TunnelExpose, access: TunnelAccess,
        url: String, state: State, createdBy: String, createdAt: String
    ) {
        self.id = id
        self.node = node
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
            "id": .string(), "label": .string(), "project": .string(), "node": .string(), "endpoint": .string(),
            "protocol": .string(), "expose": TunnelExpose.schema, "access": TunnelAccess.schema, "url": .string(),
            "state": .enumeration(State.self), "createdBy": .string(), "createdAt": .timestamp,
        ],
        required: ["id", "node", "endpoint", "protocol", "expose", "access", "url", "state", "createdBy", "createdAt"])
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
