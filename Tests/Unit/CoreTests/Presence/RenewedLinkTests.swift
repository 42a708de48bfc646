import CallProtocol
import Core
import Link
import NIOCore
import Store
import TestKit
import Testing

@Suite("A spoke's link that is being renewed")
struct RenewedLinkTests {
    @Test("goes on beside its successor, which carries what is new from its first moment")
    func beside() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let old = try await spoke.connect(to: hub)
            // The hub's subscriptions are what the old link has to finish.
            try await eventually { hub.core.presence.live(node)?.status != nil }
            old.drain(GoAway(code: .renew, reason: "stream ids are used up"))
            try await eventually { hub.core.presence.link(node) == nil }
            #expect(!old.hasEnded)
            let new = try await spoke.connect(to: hub, generation: 2)
            try await hub.connects(node)
            #expect(!new.hasEnded)
            old.abort()
            _ = try await old.end.get()
            try await eventually { hub.core.presence.linkCount == 1 }
            #expect(hub.core.presence.link(node) != nil)
        }
    }
}
