import CallProtocol
import Operations
import Store
import Testing

@testable import Core

@Suite("What a round of placement reads")
struct QueueReadingTests {
    private func workload(
        _ id: String, reason: String = "", notBefore: Int64 = 0, spec: String = "{\"cmd\":[\"true\"]}"
    )
        -> WorkloadRecord
    {
        WorkloadRecord(
            id: id, name: "w", owner: "o", spec: spec, reason: reason, submittedAt: 1, notBefore: notBefore)
    }

    private func reading(_ rows: [WorkloadRecord], _ known: QueuedWishes = QueuedWishes()) async throws -> QueueReading
    {
        let store = try HubStore.inMemory()
        try await store.write { transaction in for row in rows { _ = try transaction.submit(row) } }
        let reading = try await QueueReading(store, known)
        try await store.close()
        return reading
    }

    @Test("those that were told nothing yet are told first, and a reason that is shown is not written again")
    func reasons() async throws {
        let reading = try await reading([
            workload("A", reason: "old"), workload("B"), workload("C", reason: "there are no nodes"),
            workload("D", reason: "tried", notBefore: 9),
        ])
        let snapshot = reading.snapshot(of: [], at: 5, policy: .binPack) { $0 }
        let told = reading.reasons(Placement.plan(snapshot).waiting)
        #expect(told.map(\.workloadId) == ["B", "A"])
        #expect(told.allSatisfy { $0.reason == "there are no nodes" })
    }

    @Test("a specification that cannot be read is left out of the plan, and is the reason")
    func unreadable() async throws {
        let reading = try await reading([workload("A", spec: "[]"), workload("B")])
        let snapshot = reading.snapshot(of: [], at: 5, policy: .binPack) { $0 }
        #expect(snapshot.queued.map(\.workloadID) == ["B"])
        #expect(reading.reasons([:]).map(\.reason) == [QueuedWishes.unreadable])
    }

    @Test("what many are pinned to is looked up once")
    func pinned() async throws {
        let spec = #"{"cmd":["true"],"node":"gpu"}"#
        let reading = try await reading((0..<50).map { workload("W\($0)", spec: spec) })
        var lookUps = 0
        let snapshot = reading.snapshot(of: [], at: 5, policy: .binPack) { word in
            lookUps += 1
            return word + "-id"
        }
        #expect(lookUps == 1)
        #expect(snapshot.queued.allSatisfy { $0.nodeID == "gpu-id" })
    }

    @Test("wishes are kept from round to round, and those of workloads long gone are not")
    func remembered() async throws {
        let known = QueuedWishes()
        let many = (0..<5_000).map { workload("W\($0)") }
        let first = try await reading(many, known)
        #expect(known.unknown(of: first.rows).isEmpty)
        let second = try await reading(Array(many.prefix(10)), known)
        #expect(known.unknown(of: second.rows).isEmpty)
        #expect(known.unknown(of: first.rows).count == 4_990)
    }
}
