/// What an operation takes: a scope, and for some the right to one resource named in the input.
package struct AccessRule: Sendable, Hashable {
    package struct Resource: Sendable, Hashable {
        /// `workload`, `container`, ...
        package var kind: String
        /// The member of the input that holds the id.
        package var path: String

        package init(_ kind: String, at path: String) {
            self.kind = kind
            self.path = path
        }
    }

    /// `<namespace>:<verb>`.
    package var scope: String
    package var resource: Resource?

    package init(scope: String, resource: Resource? = nil) {
        self.scope = scope
        self.resource = resource
    }
}

/// One permission of a role: these scopes, on nodes with these labels.
package struct Grant: Sendable, Hashable, Codable {
    /// `*`, `node:*`, `node:list`.
    package var scopes: [String]
    /// Labels a node must have; empty for every node.
    package var nodes: [String: String]

    package init(scopes: [String], nodes: [String: String] = [:]) {
        self.scopes = scopes
        self.nodes = nodes
    }

    package func covers(_ scope: String) -> Bool {
        scopes.contains { pattern in
            pattern == "*" || pattern == scope
                || (pattern.hasSuffix(":*") && scope.hasPrefix(pattern.dropLast()))
        }
    }

    package func covers(node labels: [String: String]) -> Bool {
        nodes.allSatisfy { labels[$0.key] == $0.value }
    }
}

/// The roles every hub has. Custom ones are rows of its store.
package enum BuiltInRole {
    package static let admin = "admin"
    package static let operator_ = "operator"
    package static let viewer = "viewer"

    /// The grants of a built-in role, or nil for another name.
    package static func grants(_ role: String) -> [Grant]? {
        switch role {
        case admin: [Grant(scopes: ["*"])]
        case operator_:
            [
                Grant(scopes: [
                    "node:list", "node:show", "node:label", "node:drain", "node:undrain", "node:operations",
                    "workload:*", "event:*", "operation:*", "host:*", "tty:*", "container:*", "image:*", "tunnel:*",
                    "service:*", "hub:status", "peer:self", "peer:rotate",
                ])
            ]
        case viewer:
            [
                Grant(scopes: [
                    "node:list", "node:show", "node:operations", "workload:list", "workload:show", "workload:logs",
                    "workload:receipt", "workload:watch", "event:*", "operation:*", "host:facts", "host:status",
                    "host:metrics", "hub:status", "peer:self", "peer:rotate",
                ])
            ]
        default: nil
        }
    }
}
