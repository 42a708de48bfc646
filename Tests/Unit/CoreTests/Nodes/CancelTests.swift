import Link
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Cancelling a workload")
struct CancelTests {
    @Test("For a node without a link the wish waits, and the answer says so from the first moment")
    func away() async throws {
        try await HubFixture.withNode { hub, spoke, calls, node in
            let id = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            node.link.abort()
            try await eventually { hub.core.presence.link(node.id) == nil }
            let view = try await calls.call(WorkloadOperations.cancel, WorkloadRef(workload: id))
            #expect(view.state == "running")
            #expect(view.reason == "is to be cancelled, which waits for n1 (disconnected) to come back")
            _ = try await spoke.connect(to: hub, generation: 2)
            try await hub.becomes(id, .cancelled)
            #expect(try await calls.call(WorkloadOperations.show, WorkloadRef(workload: id)).state == "cancelled")
        }
    }

    @Test("For a node that is there nothing is said of waiting")
    func there() async throws {
        try await HubFixture.withNode { hub, _, calls, _ in
            let id = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            let view = try await calls.call(WorkloadOperations.cancel, WorkloadRef(workload: id))
            #expect(view.reason?.contains("waits for") != true)
        }
    }

    @Test("The end of one that is cancelled in the queue stands in the log of events, once, as every end does")
    func queued() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            let id = try await hub.submit(calls)
            for _ in 1...2 { _ = try await calls.call(WorkloadOperations.cancel, WorkloadRef(workload: id)) }
            try await hub.becomes(id, .cancelled)
            let ends = try await hub.events("workload.cancelled")
            #expect(ends.map(\.subject) == [id])
        }
    }

    @Test("A workload cancelled between its placement and the order to start it is never started")
    func beforeStart() async throws {
        try await HubFixture.withNode { (hub, spoke, _, node) async throws in
            try await eventually { hub.core.sessions[node.id]?.isReady == true }
            let spec = WorkloadSpec(cmd: ["true"])
            let record = WorkloadRecord(id: "W", name: "w", owner: "O", spec: #"{"cmd":["true"]}"#, submittedAt: 1)
            let placed = Assignment(workloadId: "W", generation: 0, nodeId: node.id, attemptId: "A")
            // In one step, as if the wish had come before the order could be given.
            let made = try await hub.store.write { transaction in
                _ = try transaction.submit(record)
                let made = try transaction.assign([placed], at: 1)
                _ = try transaction.requestCancel("W", at: 1)
                return made
            }
            hub.core.sessions[node.id]?.cancel("A")
            try await eventually { spoke.asked("cancel A") > 0 }
            hub.core.sessions[node.id]?.deliver(try #require(made.first), spec)
            try await hub.becomes("W", .cancelled)
            #expect(try await hub.attempts("W").map(\.state) == [.cancelled])
            #expect(spoke.asked("start") == 0)
        }
    }
}
