import Core
import Operations
import Testing

@Suite("A waiting workload is told why in words")
struct PlacementReasonTests {
    private func sentence(
        _ nodes: [Placement.Node], _ demand: Placement.Demand, running: [Placement.Running] = [], nowMs: Int64 = 0
    ) -> String? {
        Placement.plan(Placement.Snapshot(nowMs: nowMs, nodes: nodes, running: running, queued: [demand]))
            .waiting[demand.workloadID]?.sentence
    }

    @Test("an empty fleet and a fleet that is away")
    func away() throws {
        #expect(sentence([], try demand("w")) == "there are no nodes")
        #expect(sentence([], try demand("w", on: "x")) == "there are no nodes")
        #expect(
            sentence([node("n", state: .offline)], try demand("w", labels: ["gpu"]))
                == "the only node, n, is offline")
        #expect(
            sentence([node("a", state: .pending), node("b", drain: .drained)], try demand("w", labels: ["gpu"]))
                == "none of the 2 nodes takes work (a waits for approval)")
    }

    @Test("nodes that would match but get no work")
    func matchesAway() throws {
        let here = node("here")
        let away = node("away", labels: ["gpu": "true"], state: .disconnected)
        #expect(
            sentence([here, away], try demand("w", labels: ["gpu=true"]))
                == "the only node that matches, away, is disconnected")
        let draining = node("drains", labels: ["gpu": "true"], drain: .draining)
        #expect(
            sentence([here, away, draining], try demand("w", labels: ["gpu=true"]))
                == "2 nodes match, none takes work now (away is disconnected)")
    }

    @Test(
        "the requirement that no node meets",
        arguments: [
            (["gpu=true"], "no connected node has label gpu=true"), (["gpu"], "no connected node has a label gpu"),
            (["!zone"], "no connected node meets the label requirement !zone"),
            (["zone=a", "disk=ssd"], "no connected node meets all of: label disk=ssd, label zone=a"),
        ])
    func unmet(labels: [String], expected: String) throws {
        let nodes = [node("a", labels: ["zone": "a"]), node("b", labels: ["zone": "b", "disk": "ssd"])]
        #expect(sentence(nodes, try demand("w", labels: labels)) == expected)
    }

    @Test("a missing engine and a missing GPU model")
    func unmetOther() throws {
        #expect(
            sentence([node("a")], try demand("w", needsEngine: true))
                == "no connected node has a working container engine")
        #expect(
            sentence([node("a", gpus: 1, gpuModel: "H100")], try demand("w", gpuModel: "A100"))
                == "no connected node has a GPU of model A100")
    }

    @Test("a pinned workload hears about its node")
    func pinned() throws {
        let nodes = [
            node("off", state: .offline), node("new", state: .pending), node("drains", drain: .draining), node("ok"),
        ]
        #expect(sentence(nodes, try demand("w", on: "gone")) == "node gone does not exist")
        #expect(sentence(nodes, try demand("w", on: "off")) == "node off is offline")
        #expect(sentence(nodes, try demand("w", on: "new")) == "node new waits for approval")
        #expect(sentence(nodes, try demand("w", on: "drains")) == "node drains is draining")
        #expect(
            sentence(nodes, try demand("w", labels: ["a=b"], on: "ok"))
                == "node ok does not meet the label requirement a=b")
        #expect(
            sentence(nodes, try demand("w", on: "ok", needsEngine: true)) == "node ok has no working container engine")
    }

    @Test("a workload stays on the nodes that its submitter may use, and says so")
    func permitted() throws {
        let reach = NodeReach(anyOf: [
            try LabelSelector(parsing: ["site=a"]), try LabelSelector(parsing: ["site=b", "gpu=yes"]),
        ])
        let nodes = [node("c", labels: ["site": "c"]), node("b", labels: ["site": "b", "gpu": "no"])]
        #expect(
            sentence(nodes, try demand("w", reach: reach))
                == "no connected node is one that its submitter may use (gpu=yes,site=b or site=a)")
        #expect(
            sentence(nodes, try demand("w", reach: reach, on: "c"))
                == "node c is none that its submitter may use (gpu=yes,site=b or site=a)")
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 0, nodes: nodes + [node("g", cpus: 1, labels: ["site": "b", "gpu": "yes"])],
                queued: [try demand("w", reach: reach), try demand("v", reach: NodeReach(anyOf: []))]))
        #expect(plan.nodeOf == ["w": "g"])
        #expect(plan.waiting["v"]?.sentence == "no connected node is one that its submitter may use (no node)")
    }

    @Test("too large for every node, by one kind or by all together")
    func tooLarge() throws {
        let nodes = [node("small", cpus: 16, memory: 8), node("big-1", cpus: 2, memory: 32)]
        #expect(
            sentence(nodes, try demand("w", memory: 64))
                == "needs 64 GiB memory, the largest matching node (big-1) has 32 GiB")
        #expect(
            sentence(nodes, try demand("w", gpus: 1)) == "needs 1 GPU, the largest matching node (big-1) has 0")
        #expect(
            sentence(nodes, try demand("w", cpus: 4, memory: 16))
                == "needs 4 CPUs and 16 GiB memory together, none of the 2 nodes that match has all of it")
    }

    @Test("full, by one kind or by all together")
    func full() throws {
        let nodes = [node("node-1"), node("node-2"), node("node-3")]
        let load = [
            running("a", on: "node-1", cpus: 3, memory: 2),
            Placement.Running(
                workloadID: "b", attemptID: "b", nodeID: "node-2",
                resources: Placement.Resources(milliCPU: 2500, memoryBytes: 15 * gibibyte), owner: "o"),
            running("c", on: "node-3", cpus: 4),
        ]
        #expect(
            sentence(nodes, try demand("w", cpus: 2), running: load)
                == "3 nodes match, all are full: 2 CPUs needed, at most 1.5 free (node-2)")
        #expect(
            sentence(nodes, try demand("w", cpus: 1, memory: 15), running: load)
                == "3 nodes match, all are full: 1 CPU and 15 GiB memory are nowhere free together")
    }

    @Test("backoff, with the time of the next try")
    func backoff() throws {
        #expect(
            sentence([node("n")], try demand("w", notBeforeMs: 1_767_225_600_000), nowMs: 0)
                == "waits for its next try until 2026-01-01T00:00:00.000Z")
    }
}
