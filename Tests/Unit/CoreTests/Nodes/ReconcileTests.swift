import CallProtocol
import Core
import FoundationEssentials
import Glibc
import Link
import Operations
import Store
import Synchronization
import TestKit
import Testing

@Suite("A node's list of attempts against the hub's")
struct ReconcileTests {
    @Test("What was assigned while the node was away is delivered when it is back")
    func assignedMeanwhile() async throws {
        try await HubFixture.with { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let id = try await hub.submit(calls)
            try await hub.assign(id, to: node, attempt: "ATTEMPT1")
            _ = try await spoke.connect(to: hub)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            #expect(spoke.asked("start ATTEMPT1") == 1)
        }
    }

    @Test("What was cancelled before it was ever delivered is cancelled, not started")
    func cancelledMeanwhile() async throws {
        try await HubFixture.with { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let id = try await hub.submit(calls)
            try await hub.assign(id, to: node, attempt: "ATTEMPT1")
            _ = try await calls.call(WorkloadOperations.cancel, WorkloadRef(workload: id))
            #expect(try await hub.workload(id)?.state == .starting)
            _ = try await spoke.connect(to: hub)
            try await hub.becomes(id, .cancelled)
            #expect(spoke.asked("start") == 0)
        }
    }

    @Test("While the hub's disk is full a node keeps its link, and is reconciled over it when there is room")
    func fullHub() async throws {
        try await HubFixture.with(onDisk: true) { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let id = try await hub.submit(calls)
            // The reserve is spent and cannot be taken again, for something else is in its place: nothing new is written.
            let reserve = hub.directory + "/hub.db.reserve"
            try await eventually {
                _ = try? await hub.store.writeResult { _ in throw StoreError.diskFull }
                // Whoever wrote in between has taken it again already.
                return mkdir(reserve, 0o700) == 0
            }
            let link = try await spoke.connect(to: hub)
            for _ in 1...20 {
                let facts = try await calls.call(HostOperations.facts, Empty(), .init(node: .named("n1")))
                #expect(facts.hostname == "fake")
            }
            #expect(hub.core.directory[node]?.facts == nil)
            try FileManager.default.removeItem(atPath: reserve)
            try await hub.becomes(id, .running)
            #expect(hub.core.directory[node]?.facts?.hostname == "fake")
            #expect(!link.hasEnded)
        }
    }

    @Test("What a node has forgotten is lost and placed again")
    func forgotten() async throws {
        try await HubFixture.withNode { hub, spoke, calls, node in
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            node.link.abort()
            spoke.state.withLock { state in
                state.attempts[attempt] = nil
                (state.rows, state.epoch, state.acknowledged) = ([], "epoch-2", 0)
            }
            _ = try await spoke.connect(to: hub, generation: 2)
            _ = try await hub.attempt(1, of: id, becomes: .lost)
            hub.pass(5_000)
            _ = try await hub.attempt(2, of: id, becomes: .running)
        }
    }

    @Test("Of a node that does not know what it confirmed in the same journal nothing is concluded")
    func rolledBack() async throws {
        try await HubFixture.with { hub in
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            try await hub.add(.spoke, "n1", key: spoke.key)
            let first = try await spoke.connect(to: hub)
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            // A copy of the machine's state directory, of before.
            let copy = FakeSpoke(key: spoke.key)
            let link = try await copy.connect(to: hub, instance: String(repeating: "c", count: 32))
            try await eventually { link.hasEnded && first.hasEnded }
            #expect(link.farewell?.code == .duplicatePeer)
            #expect(link.farewell?.retryAfterMilliseconds ?? 0 > 600_000)
            try await eventually { try await hub.events("node.rolled-back").count == 1 }
            #expect(try await hub.attempts(id).map(\.state) == [.running])
            _ = try await spoke.connect(to: hub, generation: 2)
            try spoke.finish(attempt, exit: 0)
            try await hub.becomes(id, .succeeded)
        }
    }

    @Test("A result that the journal never brings is taken from the list")
    func resultInList() async throws {
        try await HubFixture.withNode { hub, spoke, calls, node in
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            node.link.abort()
            try spoke.finish(attempt, exit: 3, isJournalled: false)
            _ = try await spoke.connect(to: hub, generation: 2)
            try await hub.becomes(id, .failed)
            #expect(try await hub.workload(id)?.exitCode == 3)
        }
    }

    @Test("A node's word about an attempt of another node counts for nothing")
    func othersAttempt() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let thief = FakeSpoke()
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            let node = try await hub.add(.spoke, "n2", key: thief.key)
            thief.state.withLock { state in state.attempts = spoke.state.withLock { $0.attempts } }
            try thief.finish(attempt)
            _ = try await thief.connect(to: hub, instance: String(repeating: "c", count: 32))
            try await eventually { try await !hub.events("journal.dead").isEmpty }
            #expect(try await hub.workload(id)?.state == .running)
            #expect(try await hub.events("journal.dead").first?.node == node)
        }
    }
}

extension HubFixture {
    /// Places a workload by hand, as a scheduler would that did not know the node to be away.
    func assign(_ workload: String, to node: String, attempt: String) async throws {
        let made = try await store.write { transaction in
            try transaction.assign(
                [Assignment(workloadId: workload, generation: 0, nodeId: node, attemptId: attempt)], at: 1_000_000)
        }
        #expect(made.count == 1)
    }
}
