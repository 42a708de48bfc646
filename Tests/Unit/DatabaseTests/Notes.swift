import Database
import GRDB

/// The smallest schema that can succeed and fail: one table of unique numbers and texts.
enum Notes {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001") { db in
            try db.execute(sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        }
        return migrator
    }

    static func open(
        _ folder: String, role: DatabaseFile.Role = .truth, profile: DatabaseFile.Profile = .hub
    ) throws -> DatabaseFile {
        try DatabaseFile.open(path: folder + "/notes.db", migrator: migrator, role: role, profile: profile)
    }

    static func insert(_ id: Int, _ text: String = "") -> @Sendable (Database) throws -> Int {
        { db in
            try db.execute(sql: "INSERT INTO notes (id, text) VALUES (?, ?)", arguments: [id, text])
            return id
        }
    }

    static func count(_ db: Database) throws -> Int { try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM notes") ?? -1 }
}
