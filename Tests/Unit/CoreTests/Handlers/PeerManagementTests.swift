import CallProtocol
import Core
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@Suite("Managing peers")
struct PeerManagementTests {
    /// The error of a call.
    private func refusal(_ call: () async throws -> Void) async -> ErrorCode? {
        do { try await call() } catch { return (error as? CallError)?.code ?? .internalError }
        return nil
    }

    private func link(_ hub: HubFixture, _ key: PeerKey) async throws -> Link {
        try await hub.link(
            Hello(software: "test", role: .operator_, instance: String(repeating: "c", count: 32)), key: key)
    }

    private func op(_ name: String) -> PeerRef { PeerRef(peer: name, kind: .operator_) }

    @Test("An operator that is disabled loses its links and sessions at once, and comes back when enabled")
    func disable() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let (spoke, key) = (FakeSpoke(), PeerKey())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            _ = try await spoke.connect(to: hub)
            try await hub.connects(node)
            try await hub.add(.operator_, "olga", key: key, role: "operator")
            let theirs = try await link(hub, key)
            let session = try await CallClient(theirs).session(
                TTYOperations.open, TTYOpenInput(cmd: ["cat"]), .init(node: .named("n1"))
            ).stream
            #expect(try await admin.call(PeerOperations.disable, op("olga")).state == "disabled")
            guard case .farewell(let goAway) = try await theirs.end.get() else {
                Issue.record("the hub said nothing")
                return
            }
            #expect(goAway.code == .forbidden)
            #expect(goAway.reason.contains("disabled by an admin"))
            await #expect(throws: (any Error).self) { while try await session.next() != nil {} }
            #expect(try await hub.store.read { try $0.peer(named: "olga", kind: .operator_)?.enabled } == false)
            await #expect(throws: (any Error).self) { try await link(hub, key) }
            #expect(try await hub.events("peer.disabled").count == 1)
            #expect(try await admin.call(PeerOperations.enable, op("olga")).state == "active")
            _ = try await CallClient(try await link(hub, key)).call(PeerOperations.me, Empty())
        }
    }

    @Test("An operator that is removed is gone for good, and its links are counted no more")
    func remove() async throws {
        try await HubFixture.with { hub in
            let (admin, key) = (try await hub.operator_(), PeerKey())
            try await hub.add(.operator_, "olga", key: key, role: "admin")
            let theirs = try await link(hub, key)
            let all = try await admin.call(PeerOperations.list, PeerListInput(kind: .operator_)).peers
            #expect(all.map(\.name) == ["olga", "op"] && all.map(\.links) == [1, 1])
            _ = try await admin.call(PeerOperations.remove, op("olga"))
            _ = try await theirs.end.get()
            await #expect(throws: (any Error).self) { try await link(hub, key) }
            #expect(await refusal { _ = try await admin.call(PeerOperations.enable, op("olga")) } == .notFound)
            try await eventually { try await admin.call(HubOperations.status, Empty()).links == 1 }
        }
    }

    @Test("The last admin that is enabled stays, and nobody shuts themselves out")
    func lastAdmin() async throws {
        try await HubFixture.with { hub in
            let (admin, key) = (try await hub.operator_(), PeerKey())
            for operation in [PeerOperations.disable.name, PeerOperations.remove.name] {
                let input = try JSONCoding.encode(op("op"))
                #expect(await refusal { _ = try await admin.call(operation, input: input) } == .failedPrecondition)
            }
            try await hub.add(.operator_, "olga", key: key, role: "admin")
            let olga = CallClient(try await link(hub, key))
            #expect(await refusal { _ = try await olga.call(PeerOperations.remove, op("olga")) } == .failedPrecondition)
            // Two who remove each other at the same time: one of them stays.
            async let first = refusal { _ = try await admin.call(PeerOperations.disable, op("olga")) }
            async let second = refusal { _ = try await olga.call(PeerOperations.disable, op("op")) }
            let outcomes = await [first, second]
            #expect(outcomes.count { $0 == nil } == 1)
            let left = try await hub.store.read { try $0.allPeers() }.filter { $0.peer.enabled }
            #expect(left.count == 1)
        }
    }

    @Test("Only an admin manages peers, and a name of two kinds asks for the kind")
    func rights() async throws {
        try await HubFixture.with { hub in
            let operator_ = try await hub.operator_(role: "operator", name: "olga")
            let admin = try await hub.operator_()
            #expect(await refusal { _ = try await operator_.call(PeerOperations.disable, op("op")) } == .forbidden)
            #expect(await refusal { _ = try await operator_.call(PeerOperations.list, PeerListInput()) } == .forbidden)
            let spoke = FakeSpoke()
            try await hub.add(.spoke, "olga", key: spoke.key)
            let refused = await refusal { _ = try await admin.call(PeerOperations.remove, PeerRef(peer: "olga")) }
            #expect(refused == .invalidInput)
        }
    }

    @Test("A node can be disabled: its link closes and its key is refused until it is enabled again")
    func node() async throws {
        try await HubFixture.with { hub in
            let (admin, spoke) = (try await hub.operator_(), FakeSpoke())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let link = try await spoke.connect(to: hub)
            try await hub.connects(node)
            _ = try await admin.call(PeerOperations.disable, PeerRef(peer: "n1"))
            _ = try await link.end.get()
            try await eventually { hub.core.presence.link(node) == nil }
            await #expect(throws: (any Error).self) { try await spoke.connect(to: hub, generation: 2) }
            _ = try await admin.call(PeerOperations.enable, PeerRef(peer: "n1"))
            _ = try await spoke.connect(to: hub, generation: 3)
            try await hub.connects(node)
            _ = try await admin.call(PeerOperations.remove, PeerRef(peer: "n1", kind: .spoke))
            #expect(try await hub.events("node.removed").count == 1)
        }
    }
}
