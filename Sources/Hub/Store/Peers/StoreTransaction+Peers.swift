import Database
import GRDB

/// A peer with its valid keys, as the hub holds it in memory.
package struct PeerWithKeys: Sendable, Equatable {
    package var peer: PeerRecord
    /// Oldest first; two during a rotation.
    package var keys: [PeerKeyRecord]

    package init(peer: PeerRecord, keys: [PeerKeyRecord]) {
        self.peer = peer
        self.keys = keys
    }
}

extension StoreTransaction {
    /// Every peer that is not removed, with its valid keys, by id. Read once at the hub's start.
    package func allPeers() throws -> [PeerWithKeys] {
        let peers = try PeerRecord.fetchAll(db, cached: "SELECT * FROM peers WHERE state <> 'removed' ORDER BY id")
        let keys = try PeerKeyRecord.fetchAll(
            db, cached: "SELECT * FROM peer_keys WHERE retiredAt IS NULL ORDER BY peerId, addedAt")
        let byPeer = Dictionary(grouping: keys, by: \.peerId)
        return peers.map { PeerWithKeys(peer: $0, keys: byPeer[$0.id] ?? []) }
    }

    /// What spokes were called that are removed, by id.
    package func removedSpokes() throws -> [String: String] {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, name FROM peers WHERE kind = 'spoke' AND state = 'removed'")
        return try Dictionary(Array(rows.map { ($0[0], $0[1]) }), uniquingKeysWith: { first, _ in first })
    }

    /// The peer of this id, removed ones included.
    package func peer(_ id: String) throws -> PeerRecord? {
        try PeerRecord.fetchOne(db, cached: "SELECT * FROM peers WHERE id = ?", arguments: [id])
    }

    /// The peer of that kind and name that is not removed.
    package func peer(named name: String, kind: PeerRecord.Kind) throws -> PeerRecord? {
        try PeerRecord.fetchOne(
            db, cached: "SELECT * FROM peers WHERE kind = ? AND name = ? AND state <> 'removed'",
            arguments: [kind.rawValue, name])
    }

    /// Adds a peer and, when given, its first key.
    /// - Throws: `StoreError.conflict` when the name or the key is taken.
    package func insertPeer(_ peer: PeerRecord, key: PeerKeyRecord? = nil) throws {
        guard try self.peer(named: peer.name, kind: peer.kind) == nil else {
            throw StoreError.conflict("the name \(peer.name) is taken by another \(peer.kind.rawValue)")
        }
        try peer.insert(db)
        if let key { try addKey(key) }
    }

    /// Replaces a peer's labels, a JSON object of strings.
    package func setLabels(_ id: String, to labels: String) throws { try updatePeer(id, "labels", labels) }

    /// Sets whether a peer is pending or active. Removing is `removePeer`.
    package func setState(_ id: String, to state: PeerRecord.State) throws {
        try updatePeer(id, "state", state.rawValue)
    }

    /// Sets whether new work is placed on a peer.
    package func setDrain(_ id: String, to drain: PeerRecord.Drain) throws {
        try updatePeer(id, "drain", drain.rawValue)
    }

    /// Makes a draining node drained when no attempt is under way there; true when it did.
    package func finishDrain(_ id: String) throws -> Bool {
        try db.execute(
            cached: """
                UPDATE peers SET drain = 'drained' WHERE id = ?1 AND drain = 'draining' AND state <> 'removed'
                    AND NOT EXISTS (SELECT 1 FROM attempts WHERE nodeId = ?1 AND endedAt IS NULL)
                """,
            arguments: [id])
        return changes == 1
    }

    /// Gives a peer another role. Whether there is such a role is for the caller to ask before.
    package func setRole(_ id: String, to role: String) throws { try updatePeer(id, "role", role) }

    /// Whether an operator of this role who can be served is left when `id` is not counted.
    package func hasAnother(_ role: String, than id: String) throws -> Bool {
        try Bool.fetchOne(
            db,
            cached: """
                SELECT EXISTS (SELECT 1 FROM peers WHERE kind = 'operator' AND role = ? AND state = 'active'
                    AND enabled = 1 AND id <> ?)
                """,
            arguments: [role, id]) ?? false
    }

    /// Enables or disables a peer. Closing its links is the caller's part.
    package func setEnabled(_ id: String, to enabled: Bool) throws { try updatePeer(id, "enabled", enabled) }

    /// Replaces what a peer told about itself, JSON.
    package func setFacts(_ id: String, to facts: String) throws { try updatePeer(id, "facts", facts) }

    /// Moves last-seen times forward, many peers in one go; times going back and unknown ids are ignored.
    package func touchPeers(_ seen: [(id: String, at: Int64)]) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE peers SET lastSeenAt = ?2 WHERE id = ?1 AND (lastSeenAt IS NULL OR lastSeenAt < ?2)")
        for (id, at) in seen { try statement.execute(arguments: [id, at]) }
    }

    /// Removes a peer for good: its name is free again, its keys are retired and stay for receipts.
    /// - Throws: `StoreError.notFound` when it is unknown or removed already.
    package func removePeer(_ id: String, at: Int64) throws {
        try db.execute(
            cached: "UPDATE peers SET state = 'removed', enabled = 0 WHERE id = ? AND state <> 'removed'",
            arguments: [id])
        guard changes == 1 else { throw StoreError.notFound("peer \(id)") }
        try db.execute(
            cached: "UPDATE peer_keys SET retiredAt = ? WHERE peerId = ? AND retiredAt IS NULL", arguments: [at, id])
    }

    private func updatePeer(_ id: String, _ column: String, _ value: (any DatabaseValueConvertible)?) throws {
        try db.execute(
            sql: "UPDATE peers SET \(column) = ? WHERE id = ? AND state <> 'removed'", arguments: [value, id])
        guard changes == 1 else { throw StoreError.notFound("peer \(id)") }
    }
}
