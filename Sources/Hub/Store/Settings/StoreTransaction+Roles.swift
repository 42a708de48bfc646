import Database
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

/// Who would be left without rights if a role were gone.
package struct RoleHolders: Sendable, Equatable {
    /// The names of the operators who have it, disabled ones included, sorted.
    package var operators: [String]
    /// The ids of the tokens that make such operators yet, oldest first.
    package var tokens: [String]

    package init(operators: [String], tokens: [String]) {
        self.operators = operators
        self.tokens = tokens
    }

    package var isEmpty: Bool { operators.isEmpty && tokens.isEmpty }
}

extension StoreTransaction {
    /// All custom roles, by name.
    package func roles() throws -> [RoleRecord] {
        try RoleRecord.fetchAll(db, cached: "SELECT * FROM roles ORDER BY name")
    }

    /// The custom role of this name.
    package func role(_ name: String) throws -> RoleRecord? {
        try RoleRecord.fetchOne(db, cached: "SELECT * FROM roles WHERE name = ?", arguments: [name])
    }

    /// How many custom roles there are beside the one of this name.
    package func roleCount(besides name: String) throws -> Int {
        try Int.fetchOne(db, cached: "SELECT COUNT(*) FROM roles WHERE name <> ?", arguments: [name]) ?? 0
    }

    /// Makes or replaces a role.
    package func saveRole(_ role: RoleRecord) throws { try role.save(db) }

    /// Removes a role; false when there was none of that name. Whether somebody has it is for the caller to ask before.
    @discardableResult
    package func removeRole(_ name: String) throws -> Bool {
        try db.execute(cached: "DELETE FROM roles WHERE name = ?", arguments: [name])
        return changes == 1
    }

    /// Who has a role, and which tokens give it that are neither revoked nor used up nor expired at `now`.
    package func holders(ofRole name: String, at now: Int64) throws -> RoleHolders {
        RoleHolders(
            operators: try String.fetchAll(
                db,
                cached:
                    "SELECT name FROM peers WHERE kind = 'operator' AND role = ? AND state <> 'removed' ORDER BY name",
                arguments: [name]),
            tokens: try String.fetchAll(
                db,
                cached: """
                    SELECT id FROM tokens WHERE role = ? AND revokedAt IS NULL AND uses < maxUses AND expiresAt > ?
                    ORDER BY id
                    """,
                arguments: [name, now]))
    }
}
