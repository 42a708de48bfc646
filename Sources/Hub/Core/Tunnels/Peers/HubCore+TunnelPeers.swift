import CallProtocol
import Formats
import FoundationEssentials
import Link
import Logging
import NIOCore
import Operations
import Store

/// Peers that serve tunnels at machines without a spoke: let in by an operator or a token, and no longer than these may.
extension HubCore {
    /// What its calls have to be answered, when its right is over.
    private static let drainLimit = TimeAmount.seconds(1)
    /// Between two looks for peers that nobody uses, and how long they may be idle; milliseconds.
    private static let sweepPauseMs: Int64 = 60_000
    private static let idleMs: Int64 = 3_600_000

    /// `tunnel/enrol`.
    func enrolTunnel(_ input: TunnelEnrolInput, _ context: CallContext) async throws -> EnrolOutput {
        let rule = TunnelOperations.enrol.descriptor.access
        guard let sponsor = directory[context.caller.peer], sponsor.kind == .operator_ else {
            throw CallError(.forbidden, "only operators enrol tunnel peers")
        }
        guard context.caller.may(rule, onNode: [:]) else {
            throw CallError(
                .forbidden, "`\(context.caller.name)` has no right to \(rule.scope) on a machine that is no node")
        }
        try FleetName.check(input.name)
        let (spki, signature) = (Data(base64Encoded: input.spki), Data(base64Encoded: input.signature))
        guard let spki = spki.map(Array.init), PeerKey.isKey(spki: spki) else {
            throw CallError(.invalidInput, "spki is not the base64 of a P-256 key (DER SubjectPublicKeyInfo)")
        }
        let fingerprint = Fingerprint(spki: spki)
        let proof = TunnelEnrolInput.proof(key: fingerprint.text, sponsor: sponsor.id)
        guard let signature, PeerKey.verify(Array(signature), over: proof, spki: spki) else {
            throw CallError(.invalidInput, "the signature is not the key's over itself and peer \(sponsor.id)")
        }
        let now = clock.now()
        let row = PeerRecord(
            id: ids.next(at: now), kind: .tunnel, name: input.name, createdAt: now, sponsorId: sponsor.id)
        let key = PeerKeyRecord(fingerprint: fingerprint.text, peerId: row.id, spki: Data(spki), addedAt: now)
        let peer = try await inTurn {
            let (peer, isNew) = try await store.write { try $0.enrolTunnel(row, key: key) }
            know(tunnelPeer: peer, isNew ? fingerprint : nil)
            return peer
        }
        events.wrote()
        return EnrolOutput(
            peerId: peer.id, name: peer.name, hubFingerprints: [self.key.fingerprint.text], approved: true)
    }

    /// Takes up what the store says of a tunnel peer's right.
    /// - Parameter key: of one that is new.
    func know(tunnelPeer row: PeerRecord, _ key: Fingerprint?) {
        if let key { return directory.put(Peer(row, fingerprints: [key])) }
        directory.change(row.id) { ($0.sponsor, $0.validUntil) = (row.sponsorId, row.validUntil) }
    }

    /// Why a tunnel peer is not let in now; nil where it is.
    func refusal(ofTunnelPeer peer: Peer) -> GoAway? {
        if let end = peer.validUntil, end <= clock.now() {
            return GoAway(code: .unauthenticated, reason: "the token that let \(peer.name) in is over")
        }
        guard directory.grants(of: peer).contains(where: { $0.covers(TunnelOperations.create.descriptor.access) })
        else {
            return GoAway(
                code: .unauthenticated,
                reason: "\(directory.name(of: peer.sponsor ?? "") ?? "who enrolled it") may not make tunnels any more")
        }
        return nil
    }

    /// Closes the links of tunnel peers whose right is over, whatever ended it.
    func watchTunnelPeers() async {
        var swept = clock.monotonic()
        while !Task.isCancelled {
            if clock.monotonic() - swept >= Self.sweepPauseMs {
                swept = clock.monotonic()
                await sweepTunnelPeers()
            }
            for id in tunnelPeers.all {
                guard let peer = directory[id] else {
                    end(tunnelPeer: id, GoAway(code: .unauthenticated, reason: "this tunnel peer was removed"))
                    continue
                }
                if let refusal = refusal(ofTunnelPeer: peer) { end(tunnelPeer: id, refusal) }
            }
            try? await clock.nextSecond()
        }
    }

    /// Removes tunnel peers that have neither a tunnel nor a link, and had none for a while: what a start that failed has left.
    private func sweepTunnelPeers() async {
        let limit = clock.now() - Self.idleMs
        for peer in directory.peers(.tunnel) where max(peer.createdAt, peer.lastSeenAt ?? 0) < limit {
            guard presence.link(peer.id) == nil, isIdle(tunnelPeer: peer.id) else { continue }
            do {
                let now = clock.now()
                try await inTurn {
                    guard isIdle(tunnelPeer: peer.id), presence.link(peer.id) == nil else { return }
                    try await store.write { transaction in
                        try transaction.removePeer(peer.id, at: now)
                        _ = try transaction.append(.removed(peer, "it has no tunnel any more", at: now))
                    }
                    directory.drop(peer.id)
                }
                forget(tunnelPeer: peer.id)
            } catch {
                logger.warning("tunnel peer not removed", metadata: ["error": .string("\(error)")])
            }
        }
    }

    /// Ends its links: its own last wish is still answered.
    private func end(tunnelPeer id: String, _ goAway: GoAway) {
        tunnelPeers.remove(id)
        for link in openLinks.links(of: id) { link.drain(goAway, within: Self.drainLimit) }
        if directory[id] == nil { forget(tunnelPeer: id) }
    }

    /// One that was removed is not present either.
    func forget(tunnelPeer id: String) {
        tunnelPeers.remove(id)
        _ = presence.remove(id)
        tunnels.nodeChanged(id)
    }

    /// Whether a tunnel was the last one of a tunnel peer, which is of no use then.
    func isIdle(tunnelPeer id: String, without tunnel: String? = nil) -> Bool {
        directory[id]?.kind == .tunnel
            && !tunnels.all.contains { other in
                let record = other.record
                return record.id != tunnel && (record.nodeId == id || record.createdBy == id)
            }
    }

    /// Ends one whose last tunnel was deleted.
    func drop(idleTunnelPeer id: String) {
        directory.drop(id)
        end(tunnelPeer: id, GoAway(code: .unauthenticated, reason: "the last tunnel of this peer was deleted"))
    }

    /// What a new tunnel ends at.
    func tunnelEnd(_ node: String?, _ context: CallContext) throws(CallError) -> Peer {
        let (caller, rule) = (context.caller, TunnelOperations.create.descriptor.access)
        let own = directory[caller.peer].flatMap { $0.kind == .tunnel ? $0 : nil }
        guard let node else {
            guard let own else { throw CallError(.invalidInput, "node: which node it goes by is to be said") }
            return own
        }
        let end = try directory.node(node)
        let grants = own.map(sponsorGrants) ?? caller.grants
        guard grants.contains(where: { $0.covers(rule) && $0.covers(node: end.labels) }) else {
            throw CallError(.forbidden, "`\(caller.name)` has no right to \(rule.scope) on \(end.name)")
        }
        guard end.state != .pending else {
            throw CallError(
                .failedPrecondition, "\(end.name) waits for approval; `capstan node approve \(end.name)`")
        }
        return end
    }

    /// What a tunnel peer may do at nodes; nothing by a token, which lets a machine serve tunnels of its own.
    private func sponsorGrants(of peer: Peer) -> [Grant] {
        peer.sponsor.flatMap { directory[$0] }.map(directory.grants) ?? []
    }

    /// Whether a caller may do this with a tunnel; a tunnel peer with those that end at it, and with those it made at nodes while its
    /// sponsor may.
    func may(_ caller: Caller, _ rule: AccessRule, with record: TunnelRecord) -> Bool {
        let labels = directory[record.nodeId]?.labels ?? [:]
        guard let own = directory[caller.peer], own.kind == .tunnel else { return caller.may(rule, onNode: labels) }
        if record.nodeId == own.id { return true }
        return record.createdBy == own.id
            && sponsorGrants(of: own).contains { $0.covers(rule) && $0.covers(node: labels) }
    }
}

extension EventDraft {
    /// A tunnel peer was removed.
    static func removed(_ peer: Peer, _ reason: String, by actor: String? = nil, at now: Int64) -> EventDraft {
        EventDraft(
            at: now, kind: "peer.removed", severity: .security, actor: actor, subject: peer.id,
            message: "tunnel \(peer.name) was removed: \(reason)")
    }
}
