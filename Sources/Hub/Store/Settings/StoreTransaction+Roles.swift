import GRDB

/// A role made by the operator. The built-in ones are not in the store.
package struct RoleRecord: Codable, Sendable, Equatable {
    package var name: String
    /// JSON: the grants.
    package var grants: String

    package init(name: String, grants: String) {
        self.name = name
        self.grants = grants
    }
}

extension RoleRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "roles"
}

extension StoreTransaction {
    /// All custom roles, by name.
    package func roles() throws -> [RoleRecord] {
        try RoleRecord.fetchAll(db, sql: "SELECT * FROM roles ORDER BY name")
    }

    /// Makes or replaces a role.
    package func saveRole(_ role: RoleRecord) throws { try role.save(db) }

    /// Removes a role; false when there was none of that name.
    @discardableResult
    package func removeRole(_ name: String) throws -> Bool {
        try db.execute(sql: "DELETE FROM roles WHERE name = ?", arguments: [name])
        return changes == 1
    }
}
