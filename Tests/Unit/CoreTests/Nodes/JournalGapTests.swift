import CallProtocol
import Link
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core

@Suite("A journal with rows that the hub never saw")
struct JournalGapTests {
    @Test("each gap is told of once, however often the node comes back")
    func once() async throws {
        try await HubFixture.with { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            for (generation, acknowledged, gaps) in [(1, 5, 1), (2, 0, 1), (3, 40, 2), (4, 0, 2)]
                as [(UInt64, Int64, Int)]
            {
                spoke.state.withLock { $0.acknowledged = max($0.acknowledged, acknowledged) }
                let link = try await spoke.connect(to: hub, generation: generation)
                let id = try await hub.submit(calls)
                let attempt = try await hub.attempt(1, of: id, becomes: .running)
                try spoke.finish(attempt)
                try await hub.becomes(id, .succeeded)
                // What the node still knows is taken before the gap is told.
                try await eventually { try await hub.events("journal.gap").count >= gaps }
                #expect(try await hub.events("journal.gap").count == gaps)
                try await eventually { spoke.state.withLock { $0.rows.isEmpty } }
                link.abort()
                try await eventually { hub.core.presence.link(node) == nil }
            }
            #expect(try await hub.events("journal.gap").first?.message == "n1 has forgotten journal rows 1 to 5")
        }
    }
}
