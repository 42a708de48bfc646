import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Plans made from what was known before")
struct StalePlanTests {
    @Test("A node that was relabelled while a plan was made gets nothing from that plan")
    func relabelled() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            // Without a link, so that nothing but this test places anything there.
            let id = try await hub.add(.spoke, "n1", key: FakeSpoke().key, labels: ["team": "a"])
            let workload = try await hub.submit(calls) { $0.labels = ["team=a"] }
            let reading = try await QueueReading(hub.store, QueuedWishes())
            let planned = try #require(hub.core.directory[id]).generation
            _ = try await calls.call(NodeOperations.label, NodeLabelInput(node: "n1", set: ["team": "b"], remove: nil))
            let relabelled = try #require(hub.core.directory[id]).generation
            let scheduler = Scheduler(core: hub.core)
            for (generation, isPlaced) in [(planned, false), (relabelled, true)] {
                let mark = hub.core.schedulerSignal.mark
                try await scheduler.assign(
                    [Placement.Assignment(workloadID: workload, nodeID: id, nodeGeneration: generation)], reading,
                    at: hub.now)
                #expect(try await hub.attempts(workload).isEmpty != isPlaced)
                // What was left out is looked at again.
                if !isPlaced { #expect(hub.core.schedulerSignal.mark > mark) }
            }
        }
    }
}
