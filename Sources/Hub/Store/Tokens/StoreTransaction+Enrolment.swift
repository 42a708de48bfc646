import Database
import GRDB

extension StoreTransaction {
    /// Turns a token and a fresh key into a peer, all in this transaction, or refuses and changes nothing.
    ///
    /// The order of the checks: secret, kind, time, a repetition by the same key, uses left, instance, key, name.
    package func enrol(_ enrolment: Enrolment) throws -> EnrolmentOutcome {
        guard
            let token = try token(enrolment.tokenId), token.hasSecretHash(enrolment.secretHash),
            token.revokedAt == nil, let kind = token.enrols
        else { return .refused(.tokenInvalid) }
        if let wanted = enrolment.kind, wanted != kind { return .refused(.otherKind(kind)) }
        guard enrolment.at < token.expiresAt else { return .refused(.tokenExpired) }
        if kind == .tunnel, let key = try key(enrolment.fingerprint) { return try renew(key, token, enrolment) }
        if let peerId = try earlierUse(of: token.id, by: enrolment.fingerprint) {
            // A key that was replaced since then does not come back by its token.
            guard let peer = try peer(peerId), peer.state != .removed, try key(enrolment.fingerprint)?.retiredAt == nil
            else { return .refused(.tokenUsed) }
            return .repeated(peer)
        }
        guard token.uses < token.maxUses else { return .refused(.tokenUsed) }
        if let bound = token.instanceId, bound != enrolment.instanceId { return .refused(.instanceMismatch) }
        guard try key(enrolment.fingerprint) == nil else { return .refused(.keyTaken) }
        let wanted = token.name ?? enrolment.name
        let mayNumber = token.name == nil && !enrolment.isNameChosen
        let name = mayNumber ? try freeName(like: wanted, kind: kind) : wanted
        guard try peer(named: name, kind: kind) == nil else { return .refused(.nameTaken(name)) }
        guard try spendUse(of: token.id) else { return .refused(.tokenUsed) }

        let peer = PeerRecord(
            id: enrolment.peerId, kind: kind, name: name,
            labels: try merged(enrolment.labels, under: token.labels), role: token.role,
            state: token.approve ? .pending : .active, createdAt: enrolment.at, facts: enrolment.facts,
            tokenId: token.id, validUntil: kind == .tunnel ? token.expiresAt : nil)
        try insertPeer(
            peer,
            key: PeerKeyRecord(
                fingerprint: enrolment.fingerprint, peerId: peer.id, spki: enrolment.spki, addedAt: enrolment.at))
        try noteUse(of: token, by: peer, enrolment)
        try append(.enrolled(peer, token: token.id))
        return .enrolled(peer)
    }

    func noteUse(of token: TokenRecord, by peer: PeerRecord, _ enrolment: Enrolment) throws {
        try db.execute(
            cached: "INSERT INTO token_uses (tokenId, fingerprint, peerId, at) VALUES (?, ?, ?, ?)",
            arguments: [token.id, enrolment.fingerprint, peer.id, enrolment.at])
    }

    /// The name itself, or with the first number from 2 on that nobody of the kind has: `vm`, `vm-2`, `vm-3`.
    func freeName(like name: String, kind: PeerRecord.Kind) throws -> String {
        guard try peer(named: name, kind: kind) != nil else { return name }
        let base = String(name.prefix(Self.longestName - 8))
        // '.' follows '-': the range is every name that begins with the base and a dash.
        let taken = try Set(
            String.fetchCursor(
                db, sql: "SELECT name FROM peers WHERE kind = ? AND name >= ? AND name < ? AND state <> 'removed'",
                arguments: [kind.rawValue, base + "-", base + "."]))
        var number = 2
        while taken.contains("\(base)-\(number)") { number += 1 }
        return "\(base)-\(number)"
    }

    /// Characters; a number for a taken name has room for seven digits.
    private static var longestName: Int { 63 }

    func earlierUse(of tokenId: String, by fingerprint: String) throws -> String? {
        try String.fetchOne(
            db, cached: "SELECT peerId FROM token_uses WHERE tokenId = ? AND fingerprint = ?",
            arguments: [tokenId, fingerprint])
    }

    /// Takes one use; false when none is left. The condition stands in the statement itself, so that no reading
    /// before it can be stale.
    func spendUse(of tokenId: String) throws -> Bool {
        try db.execute(
            cached: "UPDATE tokens SET uses = uses + 1 WHERE id = ? AND uses < maxUses", arguments: [tokenId])
        return changes == 1
    }

    private func merged(_ asked: String, under token: String) throws -> String {
        try String.fetchOne(db, cached: "SELECT json_patch(?, ?)", arguments: [asked, token]) ?? token
    }
}

extension TokenRecord {
    /// The kind of peer that the token makes; nil for API tokens, which make none.
    fileprivate var enrols: PeerRecord.Kind? {
        switch kind {
        case .spoke: .spoke
        case .operator_: .operator_
        case .tunnel: .tunnel
        case .api: nil
        }
    }
}

extension EventDraft {
    static func enrolled(_ peer: PeerRecord, token: String? = nil) -> EventDraft {
        EventDraft(
            at: peer.createdAt, kind: "peer.enrolled", actor: peer.sponsorId ?? peer.id,
            node: peer.kind == .spoke ? peer.id : nil,
            subject: peer.id,
            message: "\(peer.kind.rawValue) \(peer.name) enrolled"
                + (peer.state == .pending ? " and waits for approval" : ""),
            data: token.map { #"{"tokenId":"\#($0)"}"# } ?? "{}")
    }
}
