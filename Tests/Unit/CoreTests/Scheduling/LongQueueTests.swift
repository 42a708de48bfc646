import CallProtocol
import NIOCore
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("A long queue")
struct LongQueueTests {
    private static let blocked = 20_001

    /// Fills the queue with workloads that no node can take, all more urgent and older than what comes later.
    private func fill(_ hub: HubFixture) async throws {
        var spec = WorkloadSpec(cmd: ["true"])
        spec.labels = ["gpu=none"]
        let text = try JSONCoding.encode(spec).description
        try await hub.store.write { transaction in
            for number in 0..<Self.blocked {
                let record = WorkloadRecord(
                    id: "Q\(number)", name: "blocked", owner: "somebody", spec: text, priority: 60, submittedAt: 1)
                _ = try transaction.submit(record)
            }
        }
    }

    @Test("Workloads that cannot be placed hold up none that can, and each is told why it waits")
    func blockedByMany() async throws {
        try await HubFixture.with { hub in
            try await fill(hub)
            let (spoke, calls) = (FakeSpoke(), try await hub.operator_())
            try await hub.add(.spoke, "n1", key: spoke.key)
            _ = try await spoke.connect(to: hub)
            let id = try await hub.submit(calls)
            try await eventually(within: .seconds(60)) {
                try await hub.workload(id)?.state == .running
            }
            // A few first, because to read all of them again and again is work that others wait for.
            try await eventually(within: .seconds(60)) {
                try await hub.store.read { transaction in
                    try stride(from: 0, to: Self.blocked, by: 1_000).allSatisfy { number in
                        try transaction.workload("Q\(number)")?.reason.contains("gpu=none") == true
                    }
                }
            }
            try await eventually(within: .seconds(60)) {
                try await hub.store.read { try $0.queuedWorkloads() }.allSatisfy { $0.reason.contains("gpu=none") }
            }
        }
    }

    @Test("A workload is told why it waits from the moment it is submitted")
    func firstReason() async throws {
        try await HubFixture.with { hub in
            let view = try await hub.operator_().call(WorkloadOperations.submit, WorkloadSpec(cmd: ["true"]))
            #expect(view.state == "queued" && view.reason?.isEmpty == false)
            try await eventually { try await hub.workload(view.id)?.reason == "there are no nodes" }
        }
    }

    @Test("A specification that cannot be read is a reason too")
    func unreadable() async throws {
        try await HubFixture.with { hub in
            let record = WorkloadRecord(id: "ODD", name: "odd", owner: "somebody", spec: "[]", submittedAt: 1)
            try await hub.store.write { _ = try $0.submit(record) }
            _ = try await hub.submit(try await hub.operator_())
            try await eventually { try await hub.workload("ODD")?.reason.contains("cannot be read") == true }
        }
    }

    @Test("Looks are far apart where each takes long, and never later than the next retry")
    func pauses() {
        #expect(Scheduler.pause(took: 1, due: nil) == .seconds(2))
        #expect(Scheduler.pause(took: 1_000, due: nil) == .seconds(30))
        #expect(Scheduler.pause(took: 60_000, due: nil) == .seconds(60))
        #expect(Scheduler.pause(took: 1_000, due: 400) == .milliseconds(400))
        #expect(Scheduler.pause(took: 1, due: -5) == .milliseconds(10))
    }
}
