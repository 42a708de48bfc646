import Operations

/// A role as YAML (or JSON, which is YAML too), read strictly: an unknown key is an error that names it.
enum RoleFile {
    /// The role in a file, or on stdin for `-`; its name may be left out.
    static func read(_ path: String) async throws -> (name: String?, grants: [RoleGrant]) {
        try parse(try await YAMLFile.read(path, as: "a role"), name: YAMLFile.name(path))
    }

    /// - Parameter name: what messages call the file.
    /// - Throws: a ``Failure`` with the line, exit code 65.
    static func parse(_ text: String, name: String) throws -> (name: String?, grants: [RoleGrant]) {
        var fields = try YAMLFile.fields(text, name: name)
        let role = try fields.text("name")
        let grants = try fields.several("grants")?.map { grant in
            var grant = grant
            let scopes = try grant.texts("scopes")
            let written = RoleGrant(
                scopes: scopes ?? [], nodes: try grant.selectors("nodes"), resources: try grant.texts("resources"))
            try grant.finish()
            return written
        }
        try fields.finish()
        guard let grants, !grants.isEmpty, grants.allSatisfy({ !$0.scopes.isEmpty }) else {
            throw Failure.malformed(
                "\(name): grants are needed, each with scopes", advice: "such as: grants: [{scopes: [\"workload:*\"]}]")
        }
        return (role, grants)
    }
}
