package import CallProtocol
package import Link
import NIOCore
package import Operations
package import Store
import Synchronization

/// All peers in memory, the store's truth mirrored: who a key belongs to is known without a query.
///
/// Written after each transaction that changed a peer, by whoever ran it.
package final class PeerDirectory: Sendable {
    private struct State {
        var byID: [String: Peer] = [:]
        var byKey: [Fingerprint: String] = [:]
        var nodes = NodeIndex()
        var roles: [String: [Grant]] = [:]
        /// What spokes were called that were removed, by id: workloads that ran there still name them.
        var removed: [String: String] = [:]
        /// How often something was put in: the generation of what comes last.
        var changes: UInt64 = 0

        mutating func put(_ peer: Peer) {
            let old = byID[peer.id]
            nodes.put(enter(peer), replacing: old)
        }

        /// Everything but the index of nodes; returns the peer with its generation.
        mutating func enter(_ peer: Peer) -> Peer {
            if let old = byID[peer.id] { for key in old.keys { byKey[key] = nil } }
            changes += 1
            var peer = peer
            peer.generation = changes
            byID[peer.id] = peer
            for key in peer.keys { byKey[key] = peer.id }
            return peer
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// Reads everything from the store.
    package func load(from store: HubStore) async throws {
        let (peers, roles, removed) = try await store.read {
            (try $0.allPeers(), try $0.roles(), try $0.removedSpokes())
        }
        state.withLock { state in
            let changes = state.changes
            state = State()
            state.changes = changes
            state.removed = removed
            state.nodes = NodeIndex(peers.filter { $0.peer.state != .removed }.map { state.enter(Peer($0)) })
            for role in roles { state.roles[role.name] = role.decodedGrants }
        }
    }

    package func put(_ peer: Peer) { state.withLock { $0.put(peer) } }

    package func drop(_ id: String) {
        state.withLock { state in
            guard let peer = state.byID.removeValue(forKey: id) else { return }
            for key in peer.keys { state.byKey[key] = nil }
            state.nodes.drop(peer)
            if peer.kind == .spoke { state.removed[id] = peer.name }
        }
    }

    /// Changes a peer in place; nil when there is none.
    @discardableResult
    package func change(_ id: String, _ body: (inout Peer) -> Void) -> Peer? {
        state.withLock { state -> Peer? in
            guard var peer = state.byID[id] else { return nil }
            body(&peer)
            state.put(peer)
            return peer
        }
    }

    /// The peer whose key this is.
    /// - Parameter now: an announced key whose time is over is nobody's any more.
    package func peer(_ key: Fingerprint, at now: Int64) -> Peer? {
        let peer = state.withLock { state in state.byKey[key].flatMap { state.byID[$0] } }
        if let announced = peer?.announced, announced.fingerprint == key, announced.expiresAt <= now { return nil }
        return peer
    }

    /// Whether a key is, or was announced as, that peer's.
    func holds(_ id: String, _ key: Fingerprint) -> Bool { state.withLock { $0.byKey[key] == id } }

    package subscript(id: String) -> Peer? { state.withLock { $0.byID[id] } }

    /// What a peer is called, or was called: a node keeps its name for those who look back.
    func name(of id: String) -> String? { state.withLock { $0.byID[id]?.name ?? $0.removed[id] } }

    /// What the removed node was called that a text means: its id or its name; nil where a node of that name is there.
    func removedNode(_ text: String) -> String? {
        state.withLock { state in
            if let name = state.removed[text.uppercased()] { return name }
            return state.nodes[text] == nil && state.removed.values.contains(text) ? text : nil
        }
    }

    /// Every spoke, by name.
    package var nodes: [Peer] { state.withLock { $0.nodes.sorted } }

    /// Every peer, or every one of a kind, by name.
    package func peers(_ kind: PeerRecord.Kind? = nil) -> [Peer] {
        state.withLock { state in state.byID.values.filter { kind == nil || $0.kind == kind } }
            .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    package func grants(of peer: Peer) -> [Grant] {
        state.withLock { state in
            let sponsor = peer.sponsor.flatMap { state.byID[$0] }?.grants(roles: state.roles)
            return peer.grants(roles: state.roles, sponsor: sponsor)
        }
    }

    /// The grants of a role, built in or not; nil when there is none of that name.
    package func grants(ofRole name: String) -> [Grant]? {
        BuiltInRole.grants(name) ?? state.withLock { $0.roles[name] }
    }

    /// Makes, replaces or, with nil, drops a role that is not built in; the next call of whoever has it knows.
    package func setRole(_ name: String, to grants: [Grant]?) { state.withLock { $0.roles[name] = grants } }

    package func caller(_ peer: Peer) -> Caller {
        Caller(
            peer: peer.id, name: peer.name, role: peer.role ?? peer.kind.rawValue, grants: grants(of: peer))
    }

    /// The node that a person means: its id, its name, or a unique beginning of an id.
    package func node(_ text: String) throws(CallError) -> Peer {
        let id = text.uppercased()
        let (exact, nodes) = state.withLock { state -> (Peer?, [Peer]) in
            if let peer = state.byID[id], peer.kind == .spoke { return (peer, []) }
            return (state.nodes[text].flatMap { state.byID[$0] }, state.nodes.sorted)
        }
        if let exact { return exact }
        // Looked through without the lock: this one is not short in a large fleet.
        let candidates = text.count >= 4 ? nodes.filter { $0.id.hasPrefix(id) } : []
        guard let first = candidates.first else {
            throw CallError(.notFound, "there is no node `\(text)`; `capstan node list` shows the fleet")
        }
        guard candidates.count == 1 else {
            throw CallError(
                ambiguous: text, "is the beginning of several nodes",
                candidates: candidates.map { ($0.id, "\($0.name) (\($0.id))") })
        }
        return first
    }
}

extension Peer {
    /// Decodes a row with the keys that are not retired.
    package init(_ row: PeerWithKeys) {
        let valid = row.keys.filter { $0.retiredAt == nil }
        self.init(
            row.peer,
            fingerprints: Set(valid.filter { $0.expiresAt == nil }.compactMap { Fingerprint(text: $0.fingerprint) }))
        announced = valid.lazy.compactMap(AnnouncedKey.init).first
    }

    package init(_ row: PeerRecord, fingerprints: Set<Fingerprint>) {
        self.init(
            id: row.id, kind: row.kind, name: row.name,
            labels: (try? JSONCoding.decode([String: String].self, from: .init(string: row.labels))) ?? [:],
            role: row.role, isEnabled: row.enabled, state: row.state, drain: row.drain, createdAt: row.createdAt,
            lastSeenAt: row.lastSeenAt, facts: try? JSONCoding.decode(HostFacts.self, from: .init(string: row.facts)),
            fingerprints: fingerprints)
        (sponsor, validUntil) = (row.sponsorId, row.validUntil)
    }
}

extension Peer.AnnouncedKey {
    /// Nil for a key that is in use.
    init?(_ row: PeerKeyRecord) {
        guard let fingerprint = Fingerprint(text: row.fingerprint), let expiresAt = row.expiresAt else { return nil }
        self.init(fingerprint: fingerprint, expiresAt: expiresAt)
    }
}

extension RoleRecord {
    /// What it grants; nothing where that cannot be read.
    var decodedGrants: [Grant] { (try? JSONCoding.decode([Grant].self, from: .init(string: grants))) ?? [] }
}
