import CallProtocol
import Link
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core

@Suite("A node without room for new work")
struct FullNodeTests {
    private static let full = CallError(.resourceExhausted, "disk full on n1")

    @Test("uses up no retry: the workload waits, says why, and runs when there is room")
    func waits() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            spoke.state.withLock { $0.refusals = [Self.full, Self.full, Self.full] }
            let id = try await hub.submit(calls) { $0.retries = 0 }
            for number in 1...3 {
                _ = try await hub.attempt(number, of: id, becomes: .lost)
                let reason = "the only node that matches, n1, takes no work for now: disk full on n1"
                try await eventually { try await hub.workload(id)?.reason == reason }
                #expect(spoke.asked("start") == number)
                hub.pass(NodeRest.first << Int64(number - 1))
            }
            _ = try await hub.attempt(4, of: id, becomes: .running)
            #expect(try await hub.workload(id)?.tries == 1)
        }
    }

    @Test("loses the workload to another node at once, and is left alone")
    func elsewhere() async throws {
        try await HubFixture.with { hub in
            let (first, second, calls) = (FakeSpoke(), FakeSpoke(), try await hub.operator_())
            try await hub.add(.spoke, "n1", key: first.key)
            let other = try await hub.add(.spoke, "n2", key: second.key)
            first.state.withLock { $0.refusals = [Self.full] }
            _ = try await first.connect(to: hub)
            let id = try await hub.submit(calls) { $0.retries = 0 }
            _ = try await hub.attempt(1, of: id, becomes: .lost)
            _ = try await second.connect(to: hub)
            _ = try await hub.attempt(2, of: id, becomes: .running)
            #expect(try await hub.workload(id)?.nodeId == other)
            #expect(first.asked("start") == 1)
        }
    }

    @Test("is asked with one attempt alone after its rest, and with all when it takes that one")
    func probed() async throws {
        try await HubFixture.withNode { hub, spoke, calls, node in
            spoke.state.withLock { $0.refusals = [Self.full] }
            let first = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: first, becomes: .lost)
            for _ in 0..<4 { _ = try await hub.submit(calls) }
            spoke.state.withLock { $0.refusals = [Self.full] }
            hub.pass(NodeRest.first)
            try await eventually { spoke.asked("start") == 2 }
            let rest = try #require(hub.core.sessions[node.id]?.rest)
            try await eventually { rest.state(at: hub.now) == .resting("disk full on n1") }
            #expect(spoke.asked("start") == 2)
            hub.pass(NodeRest.first * 2)
            try await eventually { spoke.running.count == 5 }
            #expect(rest.state(at: hub.now) == .open)
        }
    }

    @Test("that took an attempt up and could start nothing gives it back, with its receipt")
    func notStarted() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls) { $0.retries = 0 }
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            try spoke.finish(attempt, exit: 126, notStarted: true)
            _ = try await hub.attempt(1, of: id, becomes: .lost)
            #expect(try await hub.attempts(id).first?.receipt != nil)
            try await eventually {
                try await hub.workload(id)?.reason.hasSuffix("no work for now: no room for a supervisor") == true
            }
            hub.pass(NodeRest.first)
            _ = try await hub.attempt(2, of: id, becomes: .running)
        }
    }

    @Test("rests longer each time, to five minutes, and once for answers that came together")
    func pauses() {
        let rest = NodeRest()
        #expect(rest.state(at: 0) == .open)
        var now: Int64 = 0
        for pause in [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000] as [Int64] {
            rest.refused("full", at: now)
            rest.refused("full", at: now + 1)
            #expect(rest.state(at: now + pause - 1) == .resting("full"))
            #expect(rest.state(at: now + pause) == .probing)
            #expect(rest.end(at: now + pause - 1) == now + pause)
            #expect(rest.end(at: now + pause) == nil)
            now += pause
        }
        rest.accepted()
        #expect(rest.state(at: now) == .open)
    }
}
