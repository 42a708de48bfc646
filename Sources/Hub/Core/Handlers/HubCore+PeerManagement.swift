import CallProtocol
import Formats
import Link
import Operations
import Store

extension HubCore {
    var peerManagementEntries: [OperationEntry] {
        [
            PeerOperations.list.handled { input, _ in
                let (counts, all) = (self.openLinks.counts, self.directory.peers(input.kind?.record))
                let page = try PeerPage(of: all, after: input.cursor, limit: input.limit)
                return PeerList(peers: page.peers.map { self.view($0, counts) }, cursor: page.cursor)
            },
            PeerOperations.disable.handled { input, context in
                try await self.inTurn { try await self.disable(input, context) }
            },
            PeerOperations.enable.handled { input, context in
                try await self.inTurn { try await self.enable(input, context) }
            },
            PeerOperations.setRole.handled { try await self.setRole($0, $1) },
            PeerOperations.remove.handled { try await self.removePeer($0, $1) },
        ]
    }

    func view(_ peer: Peer, _ links: [Fingerprint: Int]) -> PeerView {
        PeerView(
            id: peer.id, name: peer.name, kind: PeerKind(peer.kind), role: peer.role,
            state: peer.isEnabled ? peer.state.rawValue : "disabled",
            links: peer.fingerprints.reduce(0) { $0 + (links[$1] ?? 0) },
            createdAt: RFC3339.string(peer.createdAt),
            fingerprint: peer.fingerprints.map(\.text).sorted().first)
    }

    /// The peer a person means: its id, its name, or a unique beginning of its id.
    func find(_ ref: PeerRef) throws(CallError) -> Peer {
        let all = directory.peers(ref.kind?.record)
        let id = ref.peer.uppercased()
        if let exact = all.first(where: { $0.id == id }) { return exact }
        var found = all.filter { $0.name == ref.peer }
        if found.isEmpty, ref.peer.count >= 4 { found = all.filter { $0.id.hasPrefix(id) } }
        guard let first = found.first else {
            throw CallError(
                .notFound, "there is no \(ref.kind?.rawValue ?? "peer") `\(ref.peer)`; peer/list shows who there is")
        }
        guard found.count == 1 else {
            throw CallError(
                ambiguous: ref.peer, "means several peers",
                candidates: found.map { ($0.id, "\($0.name) (\($0.kind.rawValue), \($0.id))") })
        }
        return first
    }

    private func disable(_ ref: PeerRef, _ context: CallContext) async throws -> PeerView {
        let peer = try find(ref)
        try refuseSelf(peer, context)
        try await change(peer, "disabled", context) { transaction in
            try Self.keepAnAdmin(peer, transaction)
            try transaction.setEnabled(peer.id, to: false)
        }
        let changed = directory.change(peer.id) { $0.isEnabled = false } ?? peer
        close(changed, Self.disabled(changed))
        return view(changed, openLinks.counts)
    }

    private func enable(_ ref: PeerRef, _ context: CallContext) async throws -> PeerView {
        let peer = try find(ref)
        try await change(peer, "enabled", context) { try $0.setEnabled(peer.id, to: true) }
        schedulerSignal.fire()
        return view(directory.change(peer.id) { $0.isEnabled = true } ?? peer, openLinks.counts)
    }

    /// A node's removal is that of `node/remove`.
    private func removePeer(_ ref: PeerRef, _ context: CallContext) async throws -> Empty {
        let peer = try find(ref)
        guard peer.kind != .spoke else {
            _ = try await remove(peer, force: false, by: context.caller)
            return Empty()
        }
        try refuseSelf(peer, context)
        let now = clock.now()
        try await inTurn {
            try await change(peer, "removed", context) { transaction in
                try Self.keepAnAdmin(peer, transaction)
                try transaction.removePeer(peer.id, at: now)
            }
            directory.drop(peer.id)
            close(peer, "this \(peer.kind.rawValue) was removed")
        }
        if peer.kind == .tunnel {
            forget(tunnelPeer: peer.id)
            try await deleteTunnels(ofPeer: peer.id, by: context.caller)
        }
        return Empty()
    }

    /// The answer could not reach whoever shuts themselves out, and a slip of the hand would be hard to mend.
    func refuseSelf(_ peer: Peer, _ context: CallContext) throws(CallError) {
        guard peer.id == context.caller.peer else { return }
        throw CallError(.failedPrecondition, "\(peer.name) is who asks; let another admin do it")
    }

    /// To be asked in the transaction that would take an admin away.
    static func keepAnAdmin(_ peer: Peer, _ transaction: StoreTransaction) throws {
        guard let now = try transaction.peer(peer.id), now.role == BuiltInRole.admin, now.enabled else { return }
        guard try transaction.hasAnother(BuiltInRole.admin, than: peer.id) else {
            throw CallError(
                .failedPrecondition,
                "\(peer.name) is the last admin; make another one first: "
                    + "capstan token create --kind operator --role admin")
        }
    }

    private func change(
        _ peer: Peer, _ word: String, _ context: CallContext,
        _ body: @escaping @Sendable (StoreTransaction) throws -> Void
    ) async throws {
        let draft = EventDraft(
            at: clock.now(), kind: "peer.\(word)", severity: .security, actor: context.caller.peer, subject: peer.id,
            message: "\(peer.kind.rawValue) \(peer.name) was \(word) by \(context.caller.name)")
        try await store.write { transaction in
            try body(transaction)
            _ = try transaction.append(draft)
        }
        events.wrote()
    }

    /// Reaches the links before the answer leaves; with them end the peer's calls and sessions. Links that become ready
    /// meanwhile look the peer up themselves, after they can be found here.
    func close(_ peer: Peer, _ reason: String, code: LinkCode = .unauthenticated) {
        close(peer, GoAway(code: code, reason: reason))
    }

    private func close(_ peer: Peer, _ goAway: GoAway) {
        for link in openLinks.links(of: peer.id) { link.dismiss(goAway) }
    }
}

extension PeerKind {
    fileprivate init(_ kind: PeerRecord.Kind) {
        self =
            switch kind {
            case .spoke: .spoke
            case .operator_: .operator_
            case .tunnel: .tunnel
            }
    }

    fileprivate var record: PeerRecord.Kind {
        switch self {
        case .spoke: .spoke
        case .operator_: .operator_
        case .tunnel: .tunnel
        }
    }
}
