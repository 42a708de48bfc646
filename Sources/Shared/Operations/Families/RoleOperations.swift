import CallProtocol

/// Roles: what operators may do, as sets of grants.
package enum RoleOperations {
    package static let list = Operation<Empty, RoleList>(
        "role/list", .query, summary: "The roles, built-in ones first, with who has them")

    package static let show = Operation<RoleRef, RoleView>("role/show", .query, summary: "One role with its grants")

    package static let create = Operation<RoleCreateInput, RoleView>(
        "role/create", .mutation, subject: .input("name"), summary: "Make a role out of grants, or replace one",
        description:
            "A scope is namespace:verb, namespace:* or *, of an operation that the hub or a connected node has. A "
            + "replaced role holds for the next call of everybody who has it; unless it allows everything that it did, "
            + "their links close, and with them their calls and sessions.",
        examples: [
            OperationExample(
                "Workloads on the nodes of one site",
                [
                    "name": "site-a", "grants": [["scopes": ["workload:*", "node:list"], "nodes": ["site=a"]]],
                ]),
            OperationExample(
                "To see and end what is called db-something",
                [
                    "name": "db-watch",
                    "grants": [
                        ["scopes": ["workload:list"]],
                        ["scopes": ["workload:show", "workload:cancel"], "resources": ["db-*"]],
                    ],
                ]),
        ])

    package static let remove = Operation<RoleRef, Empty>(
        "role/remove", .mutation, subject: .input("role"),
        summary: "Remove a role that nobody has, and that no usable token gives")
}

package struct RoleRef: Described, Hashable {
    package var role: String

    package init(role: String) {
        self.role = role
    }

    package static let schema = JSONSchema.object(["role": .string(minLength: 1, maxLength: 63)], required: ["role"])
}

/// A grant as it is written; what it means is a ``Grant``.
package struct RoleGrant: Codable, Sendable, Hashable {
    package var scopes: [String]
    /// Requirements on a node's labels, all of which hold: `k=v`, `k!=v`, `k`, `!k`.
    package var nodes: [String]?
    /// Ids or names, with `*` at the end for all that begin so.
    package var resources: [String]?

    package init(scopes: [String], nodes: [String]? = nil, resources: [String]? = nil) {
        self.scopes = scopes
        self.nodes = nodes
        self.resources = resources
    }

    package init(_ grant: Grant) {
        self.init(
            scopes: grant.scopes, nodes: grant.nodes.isEmpty ? nil : grant.nodes.texts, resources: grant.resources)
    }

    package static let schema = JSONSchema.object(
        [
            "scopes": .array(of: .string(), minItems: 1, maxItems: 256)
                .describe("namespace:verb, namespace:* or *"),
            "nodes": .array(of: .string(), minItems: 1, maxItems: Label.maximumCount)
                .describe("What a node's labels must be like: k=v, k!=v, k, !k"),
            "resources": .array(of: .string(), minItems: 1, maxItems: 256)
                .describe("Ids or names, with * at the end for all that begin so"),
        ], required: ["scopes"])
}

package struct RoleCreateInput: Described, Hashable {
    package var name: String
    package var grants: [RoleGrant]
    /// Whether a role of that name is replaced; otherwise it is a `CONFLICT`.
    package var replace: Bool?

    package init(name: String, grants: [RoleGrant], replace: Bool? = nil) {
        self.name = name
        self.grants = grants
        self.replace = replace
    }

    package static let schema = JSONSchema.object(
        [
            "name": .name, "grants": .array(of: RoleGrant.schema, minItems: 1, maxItems: 64), "replace": .boolean,
        ], required: ["name", "grants"])
}

package struct RoleView: Described, Hashable {
    package var name: String
    /// One that every hub has and that cannot be changed.
    package var builtIn: Bool
    package var grants: [RoleGrant]
    /// The names of the operators who have it.
    package var operators: [String]
    /// The ids of the tokens that give it to whoever uses them yet.
    package var tokens: [String]

    package init(name: String, builtIn: Bool, grants: [RoleGrant], operators: [String], tokens: [String]) {
        self.name = name
        self.builtIn = builtIn
        self.grants = grants
        self.operators = operators
        self.tokens = tokens
    }

    package static let schema = JSONSchema.object(
        [
            "name": .string(), "builtIn": .boolean, "grants": .array(of: RoleGrant.schema),
            "operators": .array(of: .string()), "tokens": .array(of: .string()),
        ], required: ["name", "builtIn", "grants", "operators", "tokens"])
}

package struct RoleList: Described, Hashable {
    package var roles: [RoleView]

    package init(roles: [RoleView]) {
        self.roles = roles
    }

    package static let schema = JSONSchema.object(["roles": .array(of: RoleView.schema)], required: ["roles"])
}
