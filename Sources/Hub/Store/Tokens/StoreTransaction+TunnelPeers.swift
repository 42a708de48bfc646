import Database
import GRDB

/// Tunnel peers: who lets them in, and for how long.
extension StoreTransaction {
    /// A tunnel peer's token, the next one or one that it came with before, takes the place of what let it in until now.
    func renew(_ key: PeerKeyRecord, _ token: TokenRecord, _ enrolment: Enrolment) throws -> EnrolmentOutcome {
        guard key.retiredAt == nil, var peer = try peer(key.peerId), peer.kind == .tunnel, peer.state != .removed
        else { return .refused(.keyTaken) }
        guard peer.enabled else { return .refused(.disabled(peer.name)) }
        if try earlierUse(of: token.id, by: enrolment.fingerprint) == nil {
            guard try spendUse(of: token.id) else { return .refused(.tokenUsed) }
            try noteUse(of: token, by: peer, enrolment)
        }
        (peer.tokenId, peer.sponsorId, peer.validUntil) = (token.id, nil, token.expiresAt)
        try peer.update(db)
        return .renewed(peer)
    }

    /// Makes an operator's key for tunnels a peer. The same key again gives the same peer, by the right of who asks now.
    /// - Throws: `StoreError.conflict` when the key is or was somebody else's.
    package func enrolTunnel(_ peer: PeerRecord, key: PeerKeyRecord) throws -> (peer: PeerRecord, isNew: Bool) {
        if let known = try self.key(key.fingerprint) {
            guard known.retiredAt == nil, var row = try self.peer(known.peerId), row.kind == .tunnel,
                row.state != .removed
            else { throw StoreError.conflict("this key is or was another peer's") }
            (row.tokenId, row.sponsorId, row.validUntil) = (nil, peer.sponsorId, nil)
            try row.update(db)
            return (row, false)
        }
        var row = peer
        row.name = try freeName(like: peer.name, kind: .tunnel)
        try insertPeer(row, key: key)
        try append(.enrolled(row))
        return (row, true)
    }

    /// Ends the right of the tunnel peers that a token lets in.
    /// - Returns: their ids.
    package func endTunnelPeers(of token: String, at now: Int64) throws -> [String] {
        let ids = try String.fetchAll(
            db, cached: "SELECT id FROM peers WHERE kind = 'tunnel' AND state <> 'removed' AND tokenId = ?",
            arguments: [token])
        try db.execute(
            cached: "UPDATE peers SET validUntil = min(validUntil, ?) WHERE kind = 'tunnel' AND tokenId = ?",
            arguments: [now, token])
        return ids
    }
}
