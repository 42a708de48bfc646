/// How far a tunnel is on the way to its verified address.
package struct TunnelProgress: Described, Hashable {
    package enum Name: String, Codable, Sendable, CaseIterable {
        case registered
        case spokeConnected = "spoke_connected"
        case listenerBound = "listener_bound"
        case endpointReachable = "endpoint_reachable"
        case verified
    }

    package enum State: String, Codable, Sendable, CaseIterable {
        /// Not looked at, because a step before it is not taken.
        case unknown
        case pending, ready
    }

    package struct Step: Codable, Sendable, Hashable {
        package var name: Name
        package var state: State
        /// Why it is not taken.
        package var reason: String?

        package init(_ name: Name, _ state: State, _ reason: String? = nil) {
            self.name = name
            self.state = state
            self.reason = reason
        }

        static let schema = JSONSchema.object(
            ["name": .enumeration(Name.self), "state": .enumeration(State.self), "reason": .string()],
            required: ["name", "state"])
    }

    /// In the order in which they are taken.
    package var steps: [Step]
    package var enabled: Bool
    package var url: String

    package init(steps: [Step], enabled: Bool, url: String) {
        self.steps = steps
        self.enabled = enabled
        self.url = url
    }

    package var isVerified: Bool { steps.last?.state == .ready }

    package static let schema = JSONSchema.object(
        ["steps": .array(of: Step.schema), "enabled": .boolean, "url": .string()],
        required: ["steps", "enabled", "url"])
}

/// What has passed through a tunnel since the hub was started.
package struct TunnelStats: Described, Hashable {
    /// Connections that stand now.
    package var open = 0
    /// Connections that came through to the endpoint.
    package var connections = 0
    /// Requests of an HTTP tunnel that were passed on.
    package var requests = 0
    /// Connections and requests from those who may not use it.
    package var refused = 0
    /// Connections that did not come through, or broke off.
    package var errors = 0
    /// Bytes from those who connect to the endpoint.
    package var received: Int64 = 0
    /// Bytes from the endpoint to those who connect.
    package var sent: Int64 = 0
    /// Milliseconds until a connection stood, of those that came through: all of them, and the longest.
    package var connectTotal = 0.0
    package var connectLongest = 0.0
    /// Why the last connection did not come through or broke off.
    package var lastError: String?

    package init() {}

    package static let schema = JSONSchema.object(
        [
            "open": .integer(minimum: 0), "connections": .integer(minimum: 0), "requests": .integer(minimum: 0),
            "refused": .integer(minimum: 0),
            "errors": .integer(minimum: 0), "received": .bytes, "sent": .bytes, "connectTotal": .number(minimum: 0),
            "connectLongest": .number(minimum: 0), "lastError": .string(),
        ],
        required: [
            "open", "connections", "requests", "refused", "errors", "received", "sent", "connectTotal",
            "connectLongest",
        ])
}
