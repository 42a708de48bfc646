import Database
import GRDB

extension StoreTransaction {
    /// The value of a setting, nil when it was never set.
    package func meta(_ key: String) throws -> String? {
        try String.fetchOne(db, cached: "SELECT value FROM meta WHERE key = ?", arguments: [key])
    }

    /// Sets a setting, or removes it with nil.
    package func setMeta(_ key: String, to value: String?) throws {
        if let value {
            try db.execute(
                cached:
                    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                arguments: [key, value])
        } else {
            try db.execute(cached: "DELETE FROM meta WHERE key = ?", arguments: [key])
        }
    }
}
