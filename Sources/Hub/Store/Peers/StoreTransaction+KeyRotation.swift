import Database
import GRDB

/// What became of the announcement of a peer's next key.
package enum KeyAnnouncement: Sendable, Equatable {
    /// It may be used from now on, until its `expiresAt`.
    case announced(PeerKeyRecord)
    /// The same key was announced before and stands, or is the peer's only one by now; nothing was changed.
    case repeated(PeerKeyRecord)
    /// Nothing was changed.
    case refused(Refusal)

    package enum Refusal: Sendable, Equatable {
        /// The key that speaks is not the peer's current one.
        case notCurrent
        /// The new key is or was another peer's.
        case taken
        /// The new key was this peer's and was replaced.
        case retired
    }
}

/// What became of the first use of an announced key.
package enum KeyTakeover: Sendable, Equatable {
    /// It is the peer's only key now; these were retired.
    case taken(retired: [String])
    /// It was the peer's only key before.
    case held
    /// It is not, or no longer, the peer's.
    case gone
}

extension StoreTransaction {
    /// Announces a peer's next key. Both keys are valid until ``useKey(_:of:at:)`` or ``forgetAnnouncedKeys(at:)``.
    ///
    /// One that was announced before and not used is replaced.
    /// - Parameters:
    ///   - key: with its `expiresAt`.
    ///   - current: the fingerprint of the key that announces it.
    package func announceKey(_ key: PeerKeyRecord, by current: String, at: Int64) throws -> KeyAnnouncement {
        guard
            let speaking = try self.key(current), speaking.peerId == key.peerId, speaking.retiredAt == nil,
            speaking.expiresAt == nil
        else { return .refused(.notCurrent) }
        if let known = try self.key(key.fingerprint) {
            guard known.peerId == key.peerId else { return .refused(.taken) }
            guard known.retiredAt == nil else { return .refused(.retired) }
            if known.expiresAt.map({ $0 > at }) ?? true { return .repeated(known) }
        }
        try db.execute(
            cached: "DELETE FROM peer_keys WHERE peerId = ? AND expiresAt IS NOT NULL AND retiredAt IS NULL",
            arguments: [key.peerId])
        try key.insert(db)
        try tell("peer.key-announced", key, "announced the key \(key.fingerprint)", at: at)
        return .announced(key)
    }

    /// Makes an announced key the peer's only one: a link with it is ready. The older ones stay for receipts.
    package func useKey(_ fingerprint: String, of peerId: String, at: Int64) throws -> KeyTakeover {
        guard let key = try key(fingerprint), key.peerId == peerId, key.retiredAt == nil else { return .gone }
        guard key.expiresAt != nil else { return .held }
        let older = try keys(of: peerId).filter { $0.retiredAt == nil && $0.fingerprint != fingerprint }
        for key in older { try retireKey(key.fingerprint, at: at) }
        try db.execute(cached: "UPDATE peer_keys SET expiresAt = NULL WHERE fingerprint = ?", arguments: [fingerprint])
        try tell("peer.key-rotated", key, "uses the key \(fingerprint) from now on", at: at)
        return .taken(retired: older.map(\.fingerprint))
    }

    /// Forgets announced keys whose time is over without a link; their peers keep the keys they have. Nothing was ever
    /// signed with a key that was never used, so nothing is kept of it.
    package func forgetAnnouncedKeys(at: Int64) throws -> [PeerKeyRecord] {
        let overdue = try PeerKeyRecord.fetchAll(
            db,
            cached: "SELECT * FROM peer_keys WHERE expiresAt IS NOT NULL AND retiredAt IS NULL AND expiresAt <= ?",
            arguments: [at])
        for key in overdue {
            try db.execute(cached: "DELETE FROM peer_keys WHERE fingerprint = ?", arguments: [key.fingerprint])
            try tell(
                "peer.key-forgotten", key, "did not use the key \(key.fingerprint) in time; it keeps its key", at: at)
        }
        return overdue
    }

    private func tell(_ kind: String, _ key: PeerKeyRecord, _ what: String, at: Int64) throws {
        let peer = try peer(key.peerId)
        try append(
            EventDraft(
                at: at, kind: kind, severity: .security, actor: key.peerId,
                node: peer?.kind == .spoke ? key.peerId : nil, subject: key.peerId,
                message: "\(peer?.name ?? key.peerId) \(what)", data: #"{"fingerprint":"\#(key.fingerprint)"}"#))
    }
}
