import Database
import GRDB

/// Machines that are kept ready.
package struct PoolRecord: Codable, Sendable, Equatable {
    package var name: String
    /// JSON: what was asked for.
    package var document: String
    /// The peer who set it.
    package var setBy: String
    /// Unix milliseconds.
    package var setAt: Int64

    package init(name: String, document: String, setBy: String, setAt: Int64) {
        (self.name, self.document, self.setBy, self.setAt) = (name, document, setBy, setAt)
    }
}

extension PoolRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "pools"
}

extension StoreTransaction {
    /// All of them, by name.
    package func pools() throws -> [PoolRecord] {
        try PoolRecord.fetchAll(db, cached: "SELECT * FROM pools ORDER BY name")
    }

    /// Sets one, in the place of another of that name.
    package func setPool(_ pool: PoolRecord) throws { try pool.save(db) }

    /// Removes one; false when there was none.
    package func removePool(_ name: String) throws -> Bool {
        try db.execute(cached: "DELETE FROM pools WHERE name = ?", arguments: [name])
        return changes == 1
    }

    /// The open instances that were rented for pools, oldest first.
    package func pooledInstances() throws -> [InstanceRecord] {
        try InstanceRecord.fetchAll(
            db, cached: "SELECT * FROM instances WHERE pool IS NOT NULL AND isOpen = 1 ORDER BY id")
    }

    /// The last instances that were rented for a pool, oldest first.
    package func instances(forPool pool: String, limit: Int) throws -> [InstanceRecord] {
        try InstanceRecord.fetchAll(
            db, cached: "SELECT * FROM instances WHERE pool = ? ORDER BY id DESC LIMIT ?", arguments: [pool, limit]
        ).reversed()
    }
}
