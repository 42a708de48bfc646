import Operations

extension RoleView {
    /// The role for people.
    var fields: FieldList {
        var list = FieldList()
        list.add("name", name)
        list.add("built in", builtIn ? "yes" : "no")
        for grant in grants { list.add("grant", grant.line) }
        list.add("operators", operators.joined(separator: ", "))
        if !tokens.isEmpty { list.add("unused tokens", tokens.joined(separator: ", ")) }
        return list
    }

    /// The grants in a column's width; the whole of them is in `role show`.
    var shortGrants: String {
        let all = grants.map(\.line).joined(separator: "; ")
        return all.count > 60 ? all.prefix(57) + "..." : all
    }
}

extension RoleGrant {
    /// `workload:* on site=a,!slow for db-*`
    var line: String {
        scopes.joined(separator: ",") + (nodes.map { " on " + $0.joined(separator: ",") } ?? "")
            + (resources.map { " for " + $0.joined(separator: ",") } ?? "")
    }
}
