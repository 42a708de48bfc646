/// One permission of a role: these scopes, on nodes with these labels, for these resources.
package struct Grant: Sendable, Hashable {
    /// `*`, `node:*`, `node:list`.
    package var scopes: [String]
    /// What a node's labels must be like.
    package var nodes: LabelSelector
    /// Ids or names, with `*` at the end for all that begin so; nil for every resource. A grant with resources gives
    /// nothing where an operation names none: what cannot be told apart is not given.
    package var resources: [String]?

    package init(scopes: [String], nodes: LabelSelector = .everything, resources: [String]? = nil) {
        self.scopes = scopes
        self.nodes = nodes
        self.resources = resources
    }

    /// Whether it has a scope, or all that a pattern of scopes stands for; its resources are not looked at.
    package func covers(_ scope: String) -> Bool {
        scopes.contains { pattern in
            pattern == "*" || pattern == scope
                || (pattern.hasSuffix(":*") && scope.hasPrefix(pattern.dropLast()))
        }
    }

    /// Whether it may give what the rule takes, for some resource at least.
    package func covers(_ rule: AccessRule) -> Bool {
        covers(rule.scope) && (resources == nil || rule.resource != nil)
    }

    package func covers(node labels: [String: String]) -> Bool { nodes.matches(labels) }

    /// Whether it is for the resource that has these names, its id being one of them.
    package func covers(resource names: [String]) -> Bool {
        resources.map { $0.contains { pattern in names.contains { ResourcePattern.matches(pattern, $0) } } } ?? true
    }
}

extension Grant: Codable {
    private enum CodingKeys: String, CodingKey {
        case scopes, nodes, resources
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        scopes = try values.decode([String].self, forKey: .scopes)
        nodes = try values.decodeIfPresent(LabelSelector.self, forKey: .nodes) ?? .everything
        resources = try values.decodeIfPresent([String].self, forKey: .resources)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(scopes, forKey: .scopes)
        if !nodes.isEmpty { try values.encode(nodes, forKey: .nodes) }
        try values.encodeIfPresent(resources, forKey: .resources)
    }
}

extension [Grant] {
    /// Whether they surely allow everything that others allow: each scope of the others stands, with no more asked of
    /// nodes and resources, in one grant here.
    package func cover(_ others: [Grant]) -> Bool {
        others.allSatisfy { other in
            other.scopes.allSatisfy { scope in contains { $0.covers(scope) && $0.isAsWide(as: other) } }
        }
    }
}

extension Grant {
    fileprivate func isAsWide(as other: Grant) -> Bool {
        guard Set(nodes.requirements).isSubset(of: other.nodes.requirements) else { return false }
        guard let mine = resources else { return true }
        // A pattern is within another as a name is: by what it begins with.
        return other.resources?.allSatisfy { theirs in mine.contains { ResourcePattern.matches($0, theirs) } } ?? false
    }
}
