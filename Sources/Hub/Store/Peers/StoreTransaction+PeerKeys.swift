import Database
import GRDB

extension StoreTransaction {
    /// Adds a key to a peer. A peer that changes its key announces the next one with ``announceKey(_:by:at:)``.
    /// - Throws: `StoreError.conflict` when any peer has or had the key.
    package func addKey(_ key: PeerKeyRecord) throws {
        guard try self.key(key.fingerprint) == nil else {
            throw StoreError.conflict("the key \(key.fingerprint) belongs to a peer already")
        }
        try key.insert(db)
    }

    /// The key of this fingerprint, retired ones included.
    package func key(_ fingerprint: String) throws -> PeerKeyRecord? {
        try PeerKeyRecord.fetchOne(
            db, cached: "SELECT * FROM peer_keys WHERE fingerprint = ?", arguments: [fingerprint])
    }

    /// All keys that a peer has or had, oldest first: what receipts are verified against.
    package func keys(of peerId: String) throws -> [PeerKeyRecord] {
        try PeerKeyRecord.fetchAll(
            db, cached: "SELECT * FROM peer_keys WHERE peerId = ? ORDER BY addedAt, fingerprint", arguments: [peerId])
    }

    /// Ends a key's validity; it stays for receipts. A key that is retired already keeps its time.
    package func retireKey(_ fingerprint: String, at: Int64) throws {
        try db.execute(
            cached: "UPDATE peer_keys SET retiredAt = ? WHERE fingerprint = ? AND retiredAt IS NULL",
            arguments: [at, fingerprint])
    }
}
