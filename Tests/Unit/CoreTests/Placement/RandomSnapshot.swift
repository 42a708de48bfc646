import Core
import Operations

extension Placement.Snapshot {
    /// A small fleet with everything in it: all states, labels, engines, GPUs, prices, odd sizes, several owners and
    /// priorities, backoff, pins and exclusions. The same seed gives the same fleet.
    /// `large` makes it so large, and every host asked for by name, that nodes fall into very many kinds.
    static func random(seed: UInt64, large: Bool = false) throws -> Placement.Snapshot {
        var generator = SeededGenerator(seed: seed)
        let size = large ? Int.random(in: 100...150, using: &generator) : Int.random(in: 0...24, using: &generator)
        let nodes = (0..<size).map { Placement.Node.random($0, &generator) }
        let named = try (0..<(large ? size : 0)).map { index in
            Placement.Demand(
                workloadID: "h\(index)", submittedAtMs: 60_000 * Int64.random(in: 0...300, using: &generator),
                resources: Placement.Resources(milliCPU: 250), selector: try LabelSelector(parsing: ["host=h\(index)"]))
        }
        let queued = try (0..<Int.random(in: 0...120, using: &generator)).map {
            try Placement.Demand.random($0, nodes: nodes.count, &generator)
        }
        let running = (0..<Int.random(in: 0...40, using: &generator)).map { index in
            Core.Placement.Running(
                workloadID: "r\(index)", attemptID: "a\(index)",
                nodeID: "node-\(Int.random(in: 0...25, using: &generator))",
                resources: Placement.Resources(
                    milliCPU: 500 * Int.random(in: 0...4, using: &generator),
                    memoryBytes: gibibyte * Int64.random(in: 0...8, using: &generator)),
                priority: Int.random(in: 0...100, using: &generator),
                owner: "o\(Int.random(in: 0...3, using: &generator))",
                preemptedFor: chance(10, &generator) ? "w\(Int.random(in: 0...20, using: &generator))" : nil)
        }
        return Placement.Snapshot(
            nowMs: 300 * 60_000, nodes: nodes, running: running, queued: queued + named,
            policy: Bool.random(using: &generator) ? .binPack : .spread, seed: generator.next(),
            ageing: [0, 0.1, 0.5, 5].randomElement(using: &generator) ?? 0, preemption: chance(50, &generator))
    }
}

private func chance(_ percent: Int, _ generator: inout SeededGenerator) -> Bool {
    Int.random(in: 0..<100, using: &generator) < percent
}

extension Placement.Node {
    fileprivate static func random(_ index: Int, _ generator: inout SeededGenerator) -> Placement.Node {
        let gpus = chance(30, &generator) ? Int.random(in: 1...4, using: &generator) : 0
        var labels: [String: String] = [:]
        if chance(70, &generator) { labels["zone"] = "z\(Int.random(in: 0...3, using: &generator))" }
        if chance(30, &generator) { labels["spot"] = "" }
        labels["host"] = "h\(index)"
        return Placement.Node(
            id: "node-\(index)",
            state: chance(80, &generator)
                ? .connected : Placement.NodeState.allCases.randomElement(using: &generator) ?? .offline,
            drain: chance(90, &generator) ? .none : .draining, refusal: chance(5, &generator) ? "full" : nil,
            labels: labels,
            capacity: Placement.Resources(
                milliCPU: 1000 * Int.random(in: 0...16, using: &generator),
                memoryBytes: gibibyte * Int64.random(in: 0...64, using: &generator), gpus: gpus),
            maxAttempts: chance(20, &generator) ? Int.random(in: 0...3, using: &generator) : 100,
            isRented: chance(30, &generator), hourlyPrice: chance(50, &generator) ? 0.5 : nil,
            hasEngine: Bool.random(using: &generator),
            gpuModel: gpus > 0 ? ["A100", "H100"].randomElement(using: &generator) : nil, generation: generator.next())
    }
}

extension Placement.Demand {
    fileprivate static func random(
        _ index: Int, nodes: Int, _ generator: inout SeededGenerator
    ) throws -> Placement.Demand {
        var labels: [String] = []
        if chance(30, &generator) { labels.append("zone=z\(Int.random(in: 0...4, using: &generator))") }
        if chance(10, &generator) { labels.append("!spot") }
        if chance(5, &generator) { labels.append("host!=h1") }
        if chance(5, &generator) { labels.append("zone") }
        let wantsGPU = chance(15, &generator)
        return Placement.Demand(
            workloadID: "w\(index)", priority: [0, 20, 50, 50, 100].randomElement(using: &generator) ?? 50,
            submittedAtMs: 60_000 * Int64.random(in: 0...300, using: &generator),
            resources: Placement.Resources(
                milliCPU: 250 * Int.random(in: 0...24, using: &generator),
                memoryBytes: gibibyte * Int64.random(in: 0...24, using: &generator),
                gpus: wantsGPU ? Int.random(in: 0...4, using: &generator) : 0),
            selector: try LabelSelector(parsing: labels),
            reach: chance(10, &generator)
                ? NodeReach(anyOf: [
                    try LabelSelector(parsing: ["zone=z1"]), try LabelSelector(parsing: ["zone!=z2", "!spot"]),
                ]) : .everything,
            nodeID: chance(5, &generator) ? "node-\(Int.random(in: 0...max(1, nodes), using: &generator))" : nil,
            gpuModel: wantsGPU && chance(50, &generator) ? "A100" : nil, needsEngine: chance(15, &generator),
            notBeforeMs: chance(5, &generator) ? 301 * 60_000 : nil,
            owner: "o\(Int.random(in: 0...3, using: &generator))")
    }
}
