import Database
import GRDB

extension StoreTransaction {
    /// All tunnels, oldest first.
    package func tunnels() throws -> [TunnelRecord] {
        try TunnelRecord.fetchAll(db, cached: "SELECT * FROM tunnels ORDER BY id")
    }

    package func insertTunnel(_ tunnel: TunnelRecord) throws { try tunnel.insert(db) }

    package func updateTunnel(_ tunnel: TunnelRecord) throws { try tunnel.update(db) }

    /// Removes a tunnel; false when there was none of that id.
    @discardableResult
    package func removeTunnel(_ id: String) throws -> Bool {
        try db.execute(cached: "DELETE FROM tunnels WHERE id = ?", arguments: [id])
        return changes == 1
    }
}
