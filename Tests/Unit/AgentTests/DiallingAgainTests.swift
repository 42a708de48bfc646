import CallProtocol
import Link
import TestKit
import Testing

@testable import Agent

@Suite("A spoke that was sent away, or whose link is gone, dials again in time")
struct DiallingAgainTests {
    @Test("a refused HELLO keeps the spoke away for as long as the hub asks")
    func retryAfter() async throws {
        try await AgentHub.with { hub in
            hub.refuse(
                GoAway(
                    code: .duplicatePeer, reason: "another machine uses the key of one",
                    retryAfterMilliseconds: 300_000))
            try await AgentFixture.with(hub) { spoke in
                try await eventually { spoke.clock.sleepers == 1 }
                #expect(hub.hellos.count == 1)
                spoke.clock.advance(by: .seconds(299))
                #expect(spoke.clock.sleepers == 1)
                // The jitter on top is at most a second the first time.
                hub.refuse(nil)
                spoke.clock.advance(by: .seconds(2))
                try await eventually { hub.links.count == 1 }
                try await eventually { spoke.agent.isConnected }
                #expect(hub.hellos.count == 2)
            }
        }
    }

    @Test("the reason of a refusal is told in the hub's words")
    func reason() async throws {
        try await AgentHub.with { hub in
            hub.refuse(GoAway(code: .duplicatePeer, reason: "another machine uses the key of one"))
            try await AgentFixture.with(hub) { spoke in
                try await eventually { spoke.statuses.count == 1 }
                guard case .disconnected(let reason)? = spoke.statuses.all.first else {
                    Issue.record("told \(spoke.statuses.all)")
                    return
                }
                #expect(reason.contains("another machine uses the key of one"))
            }
        }
    }

    @Test("a link that is lost is made anew with a higher generation")
    func lost() async throws {
        try await AgentHub.with { hub in
            try await AgentFixture.with(hub) { spoke in
                try await eventually { spoke.agent.isConnected }
                hub.links.all.first?.abort()
                try await eventually { spoke.clock.sleepers == 1 }
                spoke.clock.advance(by: .seconds(2))
                try await eventually { hub.links.count == 2 && spoke.agent.isConnected }
                #expect(hub.hellos.all.map { $0.generation ?? 0 } == [1, 2])
            }
        }
    }

    @Test("that the hub cannot be had is told once, however often it is tried")
    func toldOnce() async throws {
        try await AgentHub.with { hub in
            hub.refuse(GoAway(code: .resourceExhausted, reason: "full"))
            try await AgentFixture.with(hub) { spoke in
                for round in 1...3 {
                    try await eventually { hub.hellos.count == round && spoke.clock.sleepers == 1 }
                    if round == 3 { hub.refuse(nil) }
                    spoke.clock.advance(by: .seconds(60))
                }
                try await eventually { spoke.statuses.count == 2 }
                #expect(spoke.statuses.all.last == .connected(node: "one"))
            }
        }
    }
}
