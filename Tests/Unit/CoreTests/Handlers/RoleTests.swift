import CallProtocol
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Roles made by an admin")
struct RoleTests {
    private let viewing = [RoleGrant(scopes: ["workload:list", "node:*"], nodes: ["site=a"])]

    /// The error of a call.
    private func refusal(_ call: () async throws -> Void) async -> CallError? {
        do { try await call() } catch { return error as? CallError ?? CallError(.internalError, "\(error)") }
        return nil
    }

    private func link(_ hub: HubFixture, _ name: String, role: String) async throws -> Link {
        let key = PeerKey()
        try await hub.add(.operator_, name, key: key, role: role)
        return try await hub.link(
            Hello(software: "test", role: .operator_, instance: String(repeating: "c", count: 32)), key: key)
    }

    private func make(_ calls: CallClient, _ grants: [RoleGrant], replace: Bool? = nil) async throws -> RoleView {
        try await calls.call(RoleOperations.create, RoleCreateInput(name: "ops", grants: grants, replace: replace))
    }

    @Test("a role is made, shown, listed and removed, each with an event")
    func life() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let made = try await make(admin, viewing)
            #expect(made == RoleView(name: "ops", builtIn: false, grants: viewing, operators: [], tokens: []))
            #expect(try await admin.call(RoleOperations.show, RoleRef(role: "ops")) == made)
            let all = try await admin.call(RoleOperations.list, Empty()).roles
            #expect(all.map(\.name) == ["admin", "operator", "viewer", "ops"])
            #expect(all.map(\.builtIn) == [true, true, true, false] && all[0].operators == ["op"])
            _ = try await admin.call(RoleOperations.remove, RoleRef(role: "ops"))
            for call in [RoleOperations.show.name, RoleOperations.remove.name] {
                let input = try JSONCoding.encode(RoleRef(role: "ops"))
                #expect(await refusal { _ = try await admin.call(call, input: input) }?.code == .notFound)
            }
            #expect(try await hub.events("role.created").count == 1)
            #expect(try await hub.events("role.removed").first?.severity == .security)
            try await eventually { try await hub.events("call.role/remove").count == 2 }
        }
    }

    @Test("a role holds after the hub has read its store again")
    func kept() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let grants = [RoleGrant(scopes: ["workload:*"], nodes: ["!slow"], resources: ["db-*"])]
            _ = try await make(admin, grants)
            let before = hub.core.directory.grants(ofRole: "ops")
            try await hub.core.directory.load(from: hub.store)
            #expect(hub.core.directory.grants(ofRole: "ops") == before && before?.first?.nodes.texts == ["!slow"])
        }
    }

    @Test("there is an end to the roles that can be made, and to the length of one")
    func bounded() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            try await hub.store.write { transaction in
                for number in 1...RoleChoice.most {
                    try transaction.saveRole(RoleRecord(name: "role-\(number)", grants: "[]"))
                }
            }
            #expect(await code(admin, "one-more") == .failedPrecondition)
            #expect(await code(admin, "role-1", replace: true) == nil)
            let long = RoleGrant(
                scopes: ["*"], resources: (1...250).map { String(repeating: "x", count: 250) + "\($0)" })
            let input = RoleCreateInput(name: "role-2", grants: [long, long], replace: true)
            let error = await refusal { _ = try await admin.call(RoleOperations.create, input) }
            #expect(error?.code == .invalidInput && error?.message.contains("bytes") == true)
        }
    }

    /// The error of making a role.
    private func code(_ calls: CallClient, _ name: String, replace: Bool? = nil) async -> ErrorCode? {
        let input = RoleCreateInput(name: name, grants: [RoleGrant(scopes: ["*"])], replace: replace)
        return await refusal { _ = try await calls.call(RoleOperations.create, input) }?.code
    }

    @Test("a name is taken once, unless the role is to be replaced")
    func taken() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            _ = try await make(admin, viewing)
            #expect(await code(admin, "ops") == .conflict)
            let kept = try await admin.call(RoleOperations.show, RoleRef(role: "ops"))
            #expect(kept.grants == viewing)
            #expect(await code(admin, "ops", replace: true) == nil)
            let replaced = try await admin.call(RoleOperations.show, RoleRef(role: "ops"))
            #expect(replaced.grants == [RoleGrant(scopes: ["*"])])
            #expect(try await hub.events("role.replaced").count == 1)
        }
    }

    @Test("what is built in stays, and what others than operators are called is no role", arguments: BuiltInRole.all)
    func builtIn(role: String) async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            #expect(await code(admin, role, replace: true) == .failedPrecondition)
            let removal = await refusal { _ = try await admin.call(RoleOperations.remove, RoleRef(role: role)) }
            #expect(removal?.code == .failedPrecondition)
            for name in ["enrol", "hub", "a b", ".x"] { #expect(await code(admin, name) == .invalidInput) }
        }
    }

    @Test("a scope counts as known when a connected node has it; otherwise it is refused and nothing is made")
    func unknownScope() async throws {
        let extra = Operation<Empty, Empty>("demo/ping", .mutation, summary: "Of one node only")
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let error = await refusal { _ = try await make(admin, [RoleGrant(scopes: ["workload:lst"])]) }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains("did you mean `workload:list`?") == true)
            let pinging = [RoleGrant(scopes: ["demo:ping"])]
            #expect(await refusal { _ = try await make(admin, pinging) }?.code == .invalidInput)
            #expect(try await hub.store.read { try $0.roles() }.isEmpty)
            let spoke = FakeSpoke(more: [extra.handled { _, _ in Empty() }])
            try await hub.add(.spoke, "n1", key: spoke.key)
            _ = try await spoke.connect(to: hub)
            let options = CallClient.Options(node: .named("n1"))
            _ = try await admin.call(OperationOperations.list, Empty(), options)
            #expect(try await make(admin, pinging).grants == pinging)
        }
    }

    @Test("a role that somebody has, or that a token gives, is not removed, and they are named")
    func inUse() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            _ = try await make(admin, viewing)
            var wanted = TokenCreateInput(kind: .operator_)
            wanted.role = "ops"
            let token = try await admin.call(TokenOperations.create, wanted).id
            try await hub.add(.operator_, "anna", key: PeerKey(), role: "ops")
            let shown = try await admin.call(RoleOperations.show, RoleRef(role: "ops"))
            #expect(shown.operators == ["anna"] && shown.tokens == [token])
            let remove = { _ = try await admin.call(RoleOperations.remove, RoleRef(role: "ops")) }
            let both = await refusal(remove)
            #expect(both?.code == .failedPrecondition)
            #expect(both?.message.contains("anna") == true && both?.message.contains(token) == true)
            let change = PeerRoleInput(peer: "anna", role: "viewer")
            _ = try await admin.call(PeerOperations.setRole, change)
            #expect(await refusal(remove)?.code == .failedPrecondition)
            _ = try await admin.call(TokenOperations.revoke, TokenRef(token: token))
            #expect(await refusal(remove) == nil)
            let late = wanted
            let unknown = await refusal { _ = try await admin.call(TokenOperations.create, late) }
            #expect(unknown?.code == .invalidInput && unknown?.message.contains("admin, operator, viewer") == true)
            let gone = PeerRoleInput(peer: "anna", role: "ops")
            #expect(await refusal { _ = try await admin.call(PeerOperations.setRole, gone) }?.code == .invalidInput)
        }
    }

    @Test("only the role admin gives rights, whatever scopes another role has")
    func adminOnly() async throws {
        try await HubFixture.with { hub in
            _ = try await hub.operator_()
            try await hub.addRole("all", [Grant(scopes: ["*"])])
            let all = try await hub.operator_(role: "all", name: "almost")
            #expect(await refusal { _ = try await make(all, viewing) }?.code == .forbidden)
            #expect(
                await refusal { _ = try await all.call(RoleOperations.remove, RoleRef(role: "all")) }?.code
                    == .forbidden)
            let change = PeerRoleInput(peer: "almost", role: "admin")
            #expect(await refusal { _ = try await all.call(PeerOperations.setRole, change) }?.code == .forbidden)
            var token = TokenCreateInput(kind: .operator_)
            token.role = "admin"
            let wanted = token
            #expect(await refusal { _ = try await all.call(TokenOperations.create, wanted) }?.code == .forbidden)
            _ = try await all.call(TokenOperations.create, TokenCreateInput(kind: .spoke))
        }
    }

    @Test(
        "another role holds for the next call; links stay where it allows all that the old one did, and close where not"
    )
    func setRole() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let theirs = try await link(hub, "anna", role: "viewer")
            let calls = CallClient(theirs)
            #expect(await refusal { _ = try await hub.submit(calls) }?.code == .forbidden)
            let up = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: "anna", role: "operator"))
            #expect(up.role == "operator" && up.links == 1)
            _ = try await hub.submit(calls)
            var following = EventWatchInput()
            following.follow = true
            let events = try calls.subscribe(EventOperations.watch, following)
            _ = try await events.next()
            _ = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: "anna", role: "viewer"))
            guard case .farewell(let goAway) = try await theirs.end.get() else {
                Issue.record("the hub said nothing")
                return
            }
            #expect(goAway.code == .renew)
            await #expect(throws: (any Error).self) { while try await events.next() != nil {} }
            #expect(try await hub.events("peer.role-changed").count == 2)
            _ = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: "anna", role: "viewer"))
            #expect(try await hub.events("peer.role-changed").count == 2)
            #expect(try await hub.store.read { try $0.peer(named: "anna", kind: .operator_)?.role } == "viewer")
        }
    }

    @Test("a role that is replaced by less closes the links of those who have it, and by more of nobody")
    func replaced() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            _ = try await make(admin, viewing)
            let theirs = try await link(hub, "anna", role: "ops")
            let calls = CallClient(theirs)
            let list = { _ = try await calls.call(WorkloadOperations.list, WorkloadListInput()) }
            _ = try await make(admin, viewing + [RoleGrant(scopes: ["event:watch"])], replace: true)
            #expect(await refusal(list) == nil)
            _ = try await make(admin, [RoleGrant(scopes: ["event:watch"])], replace: true)
            _ = try await theirs.end.get()
            #expect(await refusal { _ = try await admin.call(HubOperations.status, Empty()) } == nil)
        }
    }

    @Test("the last admin that is enabled stays one, and nobody changes their own role")
    func lastAdmin() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let own = PeerRoleInput(peer: "op", role: "viewer")
            #expect(
                await refusal { _ = try await admin.call(PeerOperations.setRole, own) }?.code == .failedPrecondition)
            let olga = CallClient(try await link(hub, "olga", role: "admin"))
            // Two who demote each other at the same time: one of them stays.
            async let first = refusal {
                _ = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: "olga", role: "viewer"))
            }
            async let second = refusal {
                _ = try await olga.call(PeerOperations.setRole, PeerRoleInput(peer: "op", role: "viewer"))
            }
            let outcomes = await [first, second]
            #expect(outcomes.count { $0 == nil } == 1)
            let admins = try await hub.store.read { try $0.allPeers() }.filter { $0.peer.role == "admin" }
            #expect(admins.count == 1)
        }
    }
}
