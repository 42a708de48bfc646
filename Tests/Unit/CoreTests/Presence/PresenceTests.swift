import CallProtocol
import Link
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Which links of a node stand")
struct PresenceTests {
    private static let other = String(repeating: "f", count: 32)

    @Test("A bulk link stands beside the control link and is no connection by itself")
    func bulk() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let bulk = try await spoke.connect(to: hub, slot: .bulk(0))
            #expect(hub.core.presence.link(node) == nil)
            let control = try await spoke.connect(to: hub)
            try await hub.connects(node)
            _ = try await spoke.connect(to: hub, slot: .bulk(1))
            try await eventually { hub.core.presence.linkCount == 3 }
            #expect(!control.hasEnded && !bulk.hasEnded)
            bulk.abort()
            try await eventually { hub.core.presence.linkCount == 2 }
            #expect(hub.core.presence.link(node) != nil)
        }
    }

    @Test("Who has been away for long is found, and nobody with a link")
    func absent() async throws {
        try await HubFixture.with { hub in
            let (here, gone) = (FakeSpoke(), FakeSpoke())
            let node = try await hub.add(.spoke, "here", key: here.key)
            try await hub.add(.spoke, "gone", key: gone.key)
            try await hub.add(.spoke, "never", key: PeerKey())
            _ = try await here.connect(to: hub)
            try await hub.connects(node)
            hub.pass(50_000)
            let link = try await gone.connect(to: hub)
            link.abort()
            try await eventually { hub.core.presence.linkCount == 1 }
            let nodes = hub.core.directory.nodes
            #expect(hub.core.presence.absent(50_000, of: nodes).map(\.name) == ["never"])
            hub.pass(50_000)
            #expect(hub.core.presence.absent(50_000, of: nodes).map(\.name) == ["gone", "never"])
        }
    }

    @Test("In one slot the higher generation stays, in whatever order the links come")
    func generations() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let first = try await spoke.connect(to: hub, generation: 5)
            try await hub.connects(node)
            await #expect(throws: StreamFailure.self) { _ = try await spoke.connect(to: hub, generation: 4) }
            #expect(!first.hasEnded)
            let second = try await spoke.connect(to: hub, generation: 6)
            try await eventually { first.hasEnded }
            #expect(!second.hasEnded)
            #expect(hub.core.presence.link(node) != nil)
        }
    }

    @Test("Another process takes the place of every link of the old one")
    func anotherInstance() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let (control, bulk) = (
                try await spoke.connect(to: hub, generation: 9), try await spoke.connect(to: hub, slot: .bulk(2))
            )
            let fresh = try await spoke.connect(to: hub, instance: Self.other)
            try await eventually { control.hasEnded && bulk.hasEnded }
            #expect(!fresh.hasEnded)
            #expect(hub.core.presence.link(node) != nil)
        }
    }

    @Test("At the third takeover within a minute the incumbent stays, and a security event says so")
    func fight() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            _ = try await spoke.connect(to: hub)
            try await hub.connects(node)
            _ = try await spoke.connect(to: hub, instance: Self.other)
            try await eventually { hub.core.presence.live(node)?.control?.hello.instance == Self.other }
            let third = String(repeating: "d", count: 32)
            let incumbent = try await spoke.connect(to: hub, instance: third)
            try await eventually { hub.core.presence.live(node)?.control?.hello.instance == third }
            await #expect(throws: StreamFailure.self) {
                _ = try await spoke.connect(to: hub, instance: String(repeating: "e", count: 32))
            }
            #expect(!incumbent.hasEnded)
            try await eventually { try await hub.events("peer.duplicate").count == 1 }
        }
    }

    @Test("A node is disconnected inside its grace, offline after it, and each change is told once")
    func grace() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let peer = try #require(hub.core.directory[node])
            let link = try await spoke.connect(to: hub)
            try await eventually { try await hub.events("node.connected").count == 1 }
            link.abort()
            try await eventually { try await hub.events("node.disconnected").count == 1 }
            #expect(hub.core.presence.state(of: peer) == .disconnected)
            hub.pass(30_000)
            #expect(hub.core.presence.state(of: peer) == .offline)
            try await eventually { try await hub.events("node.offline").count == 1 }
            #expect(try await hub.events("node").count == 3)
        }
    }

    @Test("Removing a node closes its links at once and its key is a stranger's")
    func removal() async throws {
        try await HubFixture.with { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let (control, bulk) = (try await spoke.connect(to: hub), try await spoke.connect(to: hub, slot: .bulk(0)))
            try await hub.connects(node)
            _ = try await calls.call(NodeOperations.remove, NodeRemoval(node: "n1"))
            try await eventually { control.hasEnded && bulk.hasEnded }
            await #expect(throws: StreamFailure.self) { _ = try await spoke.connect(to: hub, generation: 2) }
        }
    }

    @Test("A node with work is removed by force only, and told to end it first")
    func removalWithWork() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            let refusal = await #expect(throws: CallError.self) {
                _ = try await calls.call(NodeOperations.remove, NodeRemoval(node: "n1"))
            }
            #expect(refusal?.code == .failedPrecondition)
            let removed = try await calls.call(NodeOperations.remove, NodeRemoval(node: "n1", force: true))
            #expect(removed.lost == [id])
            #expect(removed.unreached.isEmpty)
            #expect(spoke.asked("cancel \(attempt)") == 1)
        }
    }

    @Test("A node that waits for approval is worked with from the approval on, over the link it has")
    func approval() async throws {
        try await HubFixture.with { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            let node = try await hub.add(.spoke, "n1", key: spoke.key, state: .pending)
            _ = try await spoke.connect(to: hub)
            try await hub.connects(node)
            let id = try await hub.submit(calls)
            _ = try await calls.call(NodeOperations.approve, NodeRef(node: "n1"))
            _ = try await hub.attempt(1, of: id, becomes: .running)
        }
    }
}
