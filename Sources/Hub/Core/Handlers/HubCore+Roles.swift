import CallProtocol
import Operations
import Store

/// Roles that admins make: sets of grants with a name.
extension HubCore {
    var roleEntries: [OperationEntry] {
        [
            RoleOperations.list.handled { _, _ in try await self.listRoles() },
            RoleOperations.show.handled { input, _ in try await self.showRole(input.role) },
            RoleOperations.create.handled { try await self.createRole($0, $1) },
            RoleOperations.remove.handled { try await self.removeRole($0, $1) },
        ]
    }

    private func listRoles() async throws -> RoleList {
        let now = clock.now()
        return try await store.read { transaction in
            let made = try transaction.roles().map(\.name)
            return RoleList(
                roles: try (BuiltInRole.all + made).map { try Self.view(ofRole: $0, in: transaction, at: now) })
        }
    }

    private func showRole(_ name: String) async throws -> RoleView {
        let now = clock.now()
        return try await store.read { transaction in
            guard try RoleChoice.exists(name, in: transaction) else { throw RoleChoice.unknown(name) }
            return try Self.view(ofRole: name, in: transaction, at: now)
        }
    }

    private static func view(ofRole name: String, in transaction: StoreTransaction, at now: Int64) throws -> RoleView {
        let holders = try transaction.holders(ofRole: name, at: now)
        let grants = try BuiltInRole.grants(name) ?? transaction.role(name)?.decodedGrants ?? []
        return RoleView(
            name: name, builtIn: BuiltInRole.grants(name) != nil, grants: grants.map(RoleGrant.init),
            operators: holders.operators, tokens: holders.tokens)
    }

    private func createRole(_ input: RoleCreateInput, _ context: CallContext) async throws -> RoleView {
        try requireAdmin(context.caller, to: "make roles")
        let name = input.name
        try RoleChoice.checkNew(name)
        let known = ScopeTable(OperationCatalog.grantable + catalogs.rules)
        var grants: [Grant] = []
        for (index, grant) in input.grants.enumerated() {
            grants.append(try Grant(grant, at: "grants[\(index)]", scopes: known))
        }
        let record = RoleRecord(name: name, grants: try JSONCoding.encode(grants).description)
        let (now, caller) = (clock.now(), context.caller)
        await peerChanges.take()
        defer { peerChanges.give() }
        try await store.write { transaction in
            let isThere = try transaction.role(name) != nil
            guard !isThere || input.replace == true else {
                throw CallError(
                    .conflict,
                    "there is a role `\(name)` already; replace it (role create --replace), or take another name")
            }
            try RoleChoice.checkRoom(for: record, in: transaction)
            try transaction.saveRole(record)
            _ = try transaction.append(.role(name, isThere ? "replaced" : "created", by: caller, at: now))
        }
        events.wrote()
        let before = directory.grants(ofRole: name)
        directory.setRole(name, to: grants)
        if let before, !grants.cover(before) {
            for peer in directory.peers(.operator_) where peer.role == name { endWork(of: peer) }
        }
        return try await showRole(name)
    }

    private func removeRole(_ input: RoleRef, _ context: CallContext) async throws -> Empty {
        try requireAdmin(context.caller, to: "remove roles")
        let name = input.role
        try RoleChoice.refuseBuiltIn(name)
        let (now, caller) = (clock.now(), context.caller)
        await peerChanges.take()
        defer { peerChanges.give() }
        try await store.write { transaction in
            guard try RoleChoice.exists(name, in: transaction) else { throw RoleChoice.unknown(name) }
            let holders = try transaction.holders(ofRole: name, at: now)
            guard holders.isEmpty else { throw RoleChoice.inUse(name, holders) }
            try transaction.removeRole(name)
            _ = try transaction.append(.role(name, "removed", by: caller, at: now))
        }
        events.wrote()
        directory.setRole(name, to: nil)
        return Empty()
    }
}

extension HubCore {
    /// Whoever gives rights could give more than they have. It is the role that counts and not a scope, so that no role
    /// that somebody makes can make roles.
    /// - Throws: `FORBIDDEN`.
    func requireAdmin(_ caller: Caller, to act: String) throws(CallError) {
        guard caller.role != BuiltInRole.admin else { return }
        throw CallError(.forbidden, "`\(caller.name)` (role \(caller.role)) cannot \(act): the role admin is needed")
    }

    /// Ends what runs on rights that may be gone: the links close, and whoever dials again is asked as anew.
    func endWork(of peer: Peer) { close(peer, "the rights of \(peer.name) have changed; call again", code: .renew) }
}

extension EventDraft {
    fileprivate static func role(_ name: String, _ word: String, by caller: Caller, at now: Int64) -> EventDraft {
        EventDraft(
            at: now, kind: "role.\(word)", severity: .security, actor: caller.peer, subject: name,
            message: "the role \(name) was \(word) by \(caller.name)")
    }
}
