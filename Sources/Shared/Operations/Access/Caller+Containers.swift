extension Caller {
    /// The containers that the caller may use beside those it made, as patterns of ids and names; nil for an operation
    /// that is about no container.
    ///
    /// A role may use what it may with every scope there is, and what its grants name. A terminal in a container is opened
    /// by who may run programs in it: a grant of terminals alone names no containers, since a node has terminals too.
    package func containers(for rule: AccessRule, onNode labels: [String: String]) -> [String]? {
        let scope = rule.scope == "tty:open" ? "container:exec" : rule.scope
        guard scope.hasPrefix("container:") else { return nil }
        let meant = grants.filter { $0.covers(scope) && $0.covers(node: labels) }
        if meant.contains(where: { $0.resources == nil && $0.scopes.contains("*") }) { return ["*"] }
        return Set(meant.flatMap { $0.resources ?? [] }).sorted()
    }
}
