import Database
package import FoundationEssentials
import GRDB

/// A key of the hub, and the older key's statement that this one follows it.
package struct HubKeyRecord: Codable, Sendable, Equatable {
    package var fingerprint: String
    /// DER SubjectPublicKeyInfo.
    package var spki: Data
    /// The older key that signed `spki`; nil for the first of a chain.
    package var signedBy: String?
    /// That signature; present exactly when `signedBy` is.
    package var signature: Data?
    /// Whether the hub uses this one; true for one key at most.
    package var current: Bool
    /// Unix milliseconds.
    package var addedAt: Int64

    package init(
        fingerprint: String, spki: Data, signedBy: String? = nil, signature: Data? = nil, current: Bool = true,
        addedAt: Int64
    ) {
        self.fingerprint = fingerprint
        self.spki = spki
        self.signedBy = signedBy
        self.signature = signature
        self.current = current
        self.addedAt = addedAt
    }
}

extension HubKeyRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "hub_keys"
}

extension StoreTransaction {
    /// The hub's keys, oldest first: the chain of statements, and what old receipts are verified against.
    package func hubKeys() throws -> [HubKeyRecord] {
        try HubKeyRecord.fetchAll(db, cached: "SELECT * FROM hub_keys ORDER BY addedAt, rowid")
    }

    /// The key that the hub is to use; nil before it was initialised.
    package func currentHubKey() throws -> HubKeyRecord? {
        try HubKeyRecord.fetchOne(db, cached: "SELECT * FROM hub_keys WHERE current = 1")
    }

    /// The keys that lead to `fingerprint`, oldest first, each signed by the one before; the first is signed by a key
    /// that is in the list only where the chain begins there.
    /// - Parameter limit: how many steps back at most.
    package func hubKeyChain(to fingerprint: String, limit: Int) throws -> [HubKeyRecord] {
        let keys = Dictionary(try hubKeys().map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        guard let last = keys[fingerprint] else { return [] }
        var chain = [last]
        while chain.count <= limit, let signer = chain.last?.signedBy, let older = keys[signer] { chain.append(older) }
        return chain.reversed()
    }

    /// Adds a key; when it is current, the one before is current no more.
    package func addHubKey(_ key: HubKeyRecord) throws {
        if key.current { try db.execute(cached: "UPDATE hub_keys SET current = 0 WHERE current = 1") }
        try key.insert(db)
    }

    /// Cuts the chain after a theft: the current key stands alone, no statement leads to it any more. The old keys'
    /// rows stay, to verify receipts made before.
    package func dropHubKeyStatements() throws {
        try db.execute(cached: "UPDATE hub_keys SET signedBy = NULL, signature = NULL")
    }
}
