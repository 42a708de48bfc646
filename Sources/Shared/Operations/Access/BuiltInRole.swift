/// The roles every hub has. Custom ones are rows of its store.
package enum BuiltInRole {
    package static let admin = "admin"
    package static let operator_ = "operator"
    package static let viewer = "viewer"

    /// Their names, the mightiest first.
    package static let all = [admin, operator_, viewer]

    /// The grants of a built-in role, or nil for another name.
    package static func grants(_ role: String) -> [Grant]? {
        switch role {
        case admin: [Grant(scopes: ["*"])]
        case operator_:
            [
                Grant(scopes: [
                    "node:list", "node:show", "node:label", "node:drain", "node:undrain", "node:operations",
                    "workload:*", "event:*", "operation:*", "host:*", "tty:*", "container:*", "image:*", "tunnel:*",
                    "service:*", "hub:status", "peer:self", "peer:rotate", "provider:list", "provider:show",
                    "provider:offers", "provider:query", "instance:*", "budget:list", "pool:*",
                ])
            ]
        case viewer:
            [
                Grant(scopes: [
                    "node:list", "node:show", "node:operations", "workload:list", "workload:show", "workload:logs",
                    "workload:receipt", "workload:watch", "event:*", "operation:*", "host:facts", "host:status",
                    "host:metrics", "container:list", "container:events", "image:list", "image:inspect",
                    "tunnel:list", "tunnel:show", "tunnel:progress", "tunnel:stats", "hub:status", "peer:self",
                    "peer:rotate", "provider:list", "provider:show", "instance:list", "instance:show", "budget:list",
                    "pool:list",
                ])
            ]
        default: nil
        }
    }
}
