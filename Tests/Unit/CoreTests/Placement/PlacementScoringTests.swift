import Core
import Operations
import Testing

@Suite("Placement chooses the better node")
struct PlacementScoringTests {
    @Test("bin-pack takes the fullest node that fits")
    func binPack() throws {
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: [node("empty"), node("half"), node("nearly")],
                running: [running("a", on: "half", cpus: 2), running("b", on: "nearly", cpus: 3)],
                queued: [try demand("w", cpus: 2)]))
        #expect(plan.nodeOf == ["w": "half"])
    }

    @Test("spread takes the emptiest node, also for work that asks for nothing")
    func spread() throws {
        for cpus in [0, 1] {
            let plan = Placement.plan(
                Placement.Snapshot(
                    nowMs: 0, nodes: [node("a"), node("b"), node("c")],
                    queued: try (0..<6).map { try demand("w\($0)", cpus: cpus) }, policy: .spread))
            let counts = Dictionary(grouping: plan.nodeOf.values, by: { $0 }).mapValues(\.count)
            #expect(counts == ["a": 2, "b": 2, "c": 2])
        }
    }

    @Test("bin-pack sends what asks for nothing round the nodes, a CPU each at a time, past the full and the empty")
    func unasking() throws {
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: [node("a"), node("b"), node("c")], running: [running("x", on: "b", cpus: 3)],
                queued: try (0..<24).map { try demand("w\($0)", cpus: 0) }))
        let counts = Dictionary(grouping: plan.nodeOf.values, by: { $0 }).mapValues(\.count)
        #expect(counts == ["a": 8, "b": 8, "c": 8])
    }

    @Test("own machines come before rented ones, and cheaper before dearer")
    func price() throws {
        let nodes = [
            node("unpriced", cpus: 1, isRented: true), node("dear", cpus: 1, isRented: true, price: 2),
            node("cheap", cpus: 1, isRented: true, price: 0.5), node("own", cpus: 1),
        ]
        let plan = Placement.plan(
            Placement.Snapshot(nowMs: 0, nodes: nodes, queued: try (0..<4).map { try demand("w\($0)", cpus: 1) }))
        #expect(plan.assignments.map(\.nodeID) == ["own", "cheap", "dear", "unpriced"])
    }

    @Test("a degraded node is the last choice")
    func degraded() throws {
        let nodes = [node("own", cpus: 1, state: .degraded), node("rented", cpus: 1, isRented: true, price: 9)]
        let plan = Placement.plan(
            Placement.Snapshot(nowMs: 0, nodes: nodes, queued: try (0..<2).map { try demand("w\($0)", cpus: 1) }))
        #expect(plan.assignments.map(\.nodeID) == ["rented", "own"])
    }

    @Test("work without a GPU leaves GPU nodes free while it can")
    func keepsGPUs() throws {
        let nodes = [node("gpu", cpus: 2, gpus: 1), node("plain", cpus: 1)]
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: nodes,
                queued: [
                    try demand("a", cpus: 1), try demand("b", cpus: 1, at: 1), try demand("c", cpus: 1, gpus: 1, at: 2),
                ]))
        #expect(plan.nodeOf == ["a": "plain", "b": "gpu", "c": "gpu"])
    }

    @Test("equal nodes are chosen by the seed, the same way each time")
    func seed() throws {
        let nodes = (0..<32).map { node("n\($0)") }
        var chosen = Set<String>()
        for seed in 0..<20 as Range<UInt64> {
            let snapshot = Placement.Snapshot(nowMs: 0, nodes: nodes, queued: [try demand("w", cpus: 1)], seed: seed)
            let first = Placement.plan(snapshot).nodeOf["w"]
            #expect(first == Placement.plan(snapshot).nodeOf["w"])
            chosen.insert(try #require(first))
        }
        #expect(chosen.count > 5)
    }

    @Test("work that asks for nothing still fills attempt slots")
    func slots() throws {
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: [node("n", maxAttempts: 3)], running: [running("r", on: "n")],
                queued: try (0..<4).map { try demand("w\($0)", at: Int64($0)) }))
        #expect(plan.assignments.map(\.workloadID) == ["w0", "w1"])
        #expect(plan.waiting["w3"]?.sentence == "1 node matches and is full: 1 attempt slot needed, at most 0 free (n)")
    }

    @Test("the assignment carries the generation it was decided on, the newest of two rows")
    func generation() throws {
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: [node("n", state: .offline, generation: 4), node("n", generation: 5)],
                queued: [try demand("w")]))
        #expect(plan.assignments.first?.nodeGeneration == 5)
    }

    @Test(
        "a GPU model is compared by whole words",
        arguments: [
            ("A100", "NVIDIA A100-SXM4-80GB", true), ("a100", "A100", true), ("A10", "NVIDIA A100-SXM4-80GB", false),
            ("rtx 4090", "NVIDIA GeForce RTX 4090", true), ("4090 rtx", "NVIDIA GeForce RTX 4090", false),
            ("H100", nil, false), ("", nil, true), ("A100 SXM4 80GB PCIe 2", "A100", false),
        ] as [(String, String?, Bool)])
    func gpuModel(wanted: String, actual: String?, expected: Bool) throws {
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: [node("n", gpus: 1, gpuModel: actual)],
                queued: [try demand("w", gpus: 1, gpuModel: wanted)]))
        #expect((plan.nodeOf["w"] != nil) == expected)
    }
}
