import Database
import GRDB

extension StoreTransaction {
    package func insertInstance(_ instance: InstanceRecord) throws { try instance.insert(db) }

    /// Writes a row that was read before, unless somebody else has written it since.
    /// - Returns: whether it was written.
    package func updateInstance(_ instance: InstanceRecord) throws -> Bool {
        guard try self.instance(instance.id)?.generation == instance.generation else { return false }
        var next = instance
        next.generation += 1
        try next.update(db)
        return true
    }

    package func instance(_ id: String) throws -> InstanceRecord? {
        try InstanceRecord.fetchOne(db, cached: "SELECT * FROM instances WHERE id = ?", arguments: [id])
    }

    package func instance(named name: String) throws -> InstanceRecord? {
        try InstanceRecord.fetchOne(db, cached: "SELECT * FROM instances WHERE name = ?", arguments: [name])
    }

    /// The one that a provider calls so.
    package func instance(at provider: String, _ id: String) throws -> InstanceRecord? {
        try InstanceRecord.fetchOne(
            db, cached: "SELECT * FROM instances WHERE providerId = ? AND provider = ? ORDER BY id DESC LIMIT 1",
            arguments: [id, provider])
    }

    /// Those about which there is something to do, oldest first.
    /// - Parameter provider: nil for all.
    package func openInstances(_ provider: String? = nil) throws -> [InstanceRecord] {
        guard let provider else {
            return try InstanceRecord.fetchAll(db, cached: "SELECT * FROM instances WHERE isOpen = 1 ORDER BY id")
        }
        return try InstanceRecord.fetchAll(
            db, cached: "SELECT * FROM instances WHERE isOpen = 1 AND provider = ? ORDER BY id", arguments: [provider])
    }

    /// Those that a text may mean: of this id or name, or whose id begins or ends so, ``candidateLimit`` at most.
    package func instances(meantBy text: String) throws -> [InstanceRecord] {
        let id = text.uppercased()
        if let exact = try instance(id) ?? instance(named: text) { return [exact] }
        guard id.count >= 4, id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else { return [] }
        return try InstanceRecord.fetchAll(
            db, cached: "SELECT * FROM instances WHERE id LIKE ? OR id LIKE ? ORDER BY isOpen DESC, id DESC LIMIT ?",
            arguments: [id + "%", "%" + id, Self.candidateLimit])
    }

    /// Newest first.
    /// - Parameter before: the last id of the page before.
    package func instances(before: String? = nil, limit: Int) throws -> [InstanceRecord] {
        try InstanceRecord.fetchAll(
            db, cached: "SELECT * FROM instances WHERE id < ? ORDER BY id DESC LIMIT ?",
            arguments: [before ?? "~", limit])
    }

    /// All that may have cost something since a time, and all that is open.
    package func instanceBills(since: Int64) throws -> [InstanceBill] {
        let rows = try Row.fetchCursor(
            db,
            cached: """
                SELECT id, provider, state, price, currency, billedFrom, billedTo FROM instances
                WHERE isOpen = 1 OR (billedFrom IS NOT NULL AND (billedTo IS NULL OR billedTo > ?))
                """,
            arguments: [since])
        return try Array(
            rows.map { row in
                InstanceBill(
                    id: row[0], provider: row[1], state: row[2], price: row[3], currency: row[4], billedFrom: row[5],
                    billedTo: row[6])
            })
    }

    /// Whether any was ever rented from a provider.
    package func hasInstances(of provider: String) throws -> Bool {
        try Bool.fetchOne(
            db, cached: "SELECT EXISTS(SELECT 1 FROM instances WHERE provider = ?)", arguments: [provider]) ?? false
    }

    /// The providers of those about which there is something to do.
    package func openProviders() throws -> [String] {
        try String.fetchAll(db, cached: "SELECT DISTINCT provider FROM instances WHERE isOpen = 1")
    }

    /// The peer that has enrolled with a token of one use.
    package func peer(enrolledBy token: String) throws -> PeerRecord? {
        let id = try String.fetchOne(
            db, cached: "SELECT peerId FROM token_uses WHERE tokenId = ? ORDER BY at LIMIT 1", arguments: [token])
        return try id.flatMap { try peer($0) }
    }

    /// Lets a token be used by that instance alone.
    package func bindToken(_ id: String, to instance: String) throws {
        try db.execute(cached: "UPDATE tokens SET instanceId = ? WHERE id = ?", arguments: [instance, id])
    }

    /// Since when a node has nothing to do: no attempt that is not over, and no log that was not fetched.
    /// - Returns: when the last one ended, 0 where there was none; nil while there is something to do.
    package func idleSince(_ node: String) throws -> Int64? {
        let busy = try Bool.fetchOne(
            db,
            cached: """
                SELECT EXISTS (SELECT 1 FROM attempts WHERE nodeId = ? AND endedAt IS NULL)
                    OR EXISTS (SELECT 1 FROM attempts WHERE nodeId = ? AND endedAt IS NOT NULL AND logsCollected = 0)
                """,
            arguments: [node, node])
        guard busy != true else { return nil }
        return try Int64.fetchOne(
            db, cached: "SELECT MAX(endedAt) FROM attempts WHERE nodeId = ?", arguments: [node]) ?? 0
    }
}
