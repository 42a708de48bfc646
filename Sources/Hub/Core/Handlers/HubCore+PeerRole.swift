import CallProtocol
import Operations
import Store

extension HubCore {
    /// `peer/set-role`. The next call of the operator has the new role; links stay only where it allows everything that
    /// the old one did.
    func setRole(_ input: PeerRoleInput, _ context: CallContext) async throws -> PeerView {
        try requireAdmin(context.caller, to: "change roles")
        let peer = try find(PeerRef(peer: input.peer, kind: .operator_))
        try refuseSelf(peer, context)
        let (now, caller, role) = (clock.now(), context.caller, input.role)
        await peerChanges.take()
        defer { peerChanges.give() }
        let before = directory[peer.id].map { directory.grants(of: $0) } ?? []
        let isChanged = try await store.write { transaction in
            try RoleChoice.check(role, in: transaction)
            let old = try transaction.peer(peer.id)?.role
            guard role != old else { return false }
            try Self.keepAnAdmin(peer, transaction)
            try transaction.setRole(peer.id, to: role)
            let draft = EventDraft(
                at: now, kind: "peer.role-changed", severity: .security, actor: caller.peer, subject: peer.id,
                message: "\(peer.name) has the role \(role) instead of \(old ?? "none"), by \(caller.name)")
            _ = try transaction.append(draft)
            return true
        }
        guard isChanged else { return view(peer, openLinks.counts) }
        events.wrote()
        guard let changed = directory.change(peer.id, { $0.role = role }) else {
            throw CallError(.notFound, "\(peer.name) was removed meanwhile")
        }
        if !directory.grants(of: changed).cover(before) { endWork(of: changed) }
        return view(changed, openLinks.counts)
    }
}
