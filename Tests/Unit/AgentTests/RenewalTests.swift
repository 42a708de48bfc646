import CallProtocol
import Link
import Operations
import TestKit
import Testing

@testable import Agent

@Suite("A link that is to be renewed has its successor before it ends")
struct RenewalTests {
    private static let wait = Operation<Empty, Empty>("test/wait", .query, summary: "Waits to be let go")

    @Test("a call goes on over the old link while the new one already stands, and nobody is told of a loss")
    func successor() async throws {
        try await Self.withCall { hub, spoke, old, finish in
            old.drain(GoAway(code: .renew, reason: "stream ids are used up"))
            try await eventually { hub.links.count == 2 }
            #expect(!old.hasEnded)
            #expect(spoke.clock.sleepers == 0)
            try await finish()
            try await eventually { old.hasEnded }
            #expect(hub.links.all.last?.farewell == nil)
            #expect(spoke.statuses.all == [.connected(node: "one")])
            #expect(hub.hellos.all.map { $0.generation ?? 0 } == [1, 2])
        }
    }

    @Test("a hub that renews each link as it comes is not dialled without a pause")
    func pause() async throws {
        try await AgentHub.with { hub in
            try await AgentFixture.with(hub) { spoke in
                for number in 1...2 {
                    try await eventually { hub.links.count == number && spoke.agent.isConnected }
                    try #require(hub.links.all.last).drain(GoAway(code: .renew, reason: "again"))
                }
                try await eventually { spoke.clock.sleepers == 1 }
                #expect(hub.links.count == 2)
            }
        }
    }

    @Test("a hub that stops is dialled again only when the link has ended")
    func shutdown() async throws {
        try await Self.withCall { hub, spoke, old, finish in
            old.drain(GoAway(code: .shutdown, reason: "the hub is stopping"))
            try await eventually { old.farewell != nil }
            try await finish()
            try await eventually { spoke.clock.sleepers == 1 }
            try await eventually { old.hasEnded }
            #expect(hub.hellos.count == 1)
        }
    }

    /// A spoke whose hub has a call under way over the first link; `finish` lets the call end and waits for it.
    private static func withCall(
        _ body: (AgentHub, AgentFixture, Link, _ finish: () async throws -> Void) async throws -> Void
    ) async throws {
        let (held, release) = AsyncStream<Void>.makeStream()
        let begun = Recorder<String>()
        let entry = wait.handled { _, context in
            begun.add(context.id)
            for await _ in held { break }
            return Empty()
        }
        try await AgentHub.with { hub in
            try await AgentFixture.with(hub, [entry]) { spoke in
                try await eventually { hub.links.count == 1 && spoke.agent.isConnected }
                let old = try #require(hub.links.all.first)
                let call = Task { try await CallClient(old).call(wait, Empty()) }
                try await eventually { begun.count == 1 }
                try await body(hub, spoke, old) {
                    release.finish()
                    _ = try await call.value
                }
            }
        }
    }
}
