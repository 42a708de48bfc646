import Core
import Link
import Operations
import Store
import TestKit
import Testing

@Suite("When a node was last seen")
struct LastSeenTests {
    @Test("It is written about once a minute while the node is connected, and no longer when it is gone")
    func whileConnected() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let link = try await spoke.connect(to: hub)
            @Sendable func seen() async throws -> Int64? { try await hub.store.read { try $0.peer(node)?.lastSeenAt } }
            try await eventually { try await hub.events("node.connected").count == 1 }
            let first = try #require(try await seen())
            hub.pass(61_000)
            try await eventually { try await seen() == first + 61_000 }
            hub.pass(61_000)
            try await eventually { try await seen() == first + 122_000 }
            link.abort()
            try await eventually { hub.core.presence.link(node) == nil }
            hub.pass(61_000)
            try await eventually { try await hub.events("node.offline").count == 1 }
            #expect(try await seen() == first + 122_000)
        }
    }
}
