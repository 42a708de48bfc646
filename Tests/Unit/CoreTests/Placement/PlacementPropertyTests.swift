import Core
import Operations
import Testing

@Suite("Placement keeps its promises on random fleets")
struct PlacementPropertyTests {
    @Test("no plan breaks a requirement, fills a node too far, or leaves waiting what fits", arguments: 0..<300)
    func valid(seed: Int) throws {
        let snapshot = try Placement.Snapshot.random(seed: UInt64(seed))
        expectValid(Placement.plan(snapshot), for: snapshot)
    }

    @Test("the same holds, in any order of the arrays, where nearly every node is of its own kind", arguments: 0..<15)
    func manyKinds(seed: Int) throws {
        let snapshot = try Placement.Snapshot.random(seed: UInt64(seed), large: true)
        let plan = Placement.plan(snapshot)
        expectValid(plan, for: snapshot)
        var shuffled = snapshot
        shuffled.nodes.reverse()
        shuffled.queued.reverse()
        #expect(Placement.plan(shuffled) == plan)
    }

    @Test("the order of the arrays does not change the plan", arguments: 0..<100)
    func orderIndependent(seed: Int) throws {
        let snapshot = try Placement.Snapshot.random(seed: UInt64(seed))
        let plan = Placement.plan(snapshot)
        var generator = SeededGenerator(seed: UInt64(seed) &+ 7)
        for _ in 0..<3 {
            var shuffled = snapshot
            shuffled.nodes.shuffle(using: &generator)
            shuffled.running.shuffle(using: &generator)
            shuffled.queued.shuffle(using: &generator)
            #expect(Placement.plan(shuffled) == plan)
        }
    }

    @Test("without ageing no workload waits while one of lower priority has the room it asked for", arguments: 0..<50)
    func noInversion(seed: Int) throws {
        var snapshot = try Placement.Snapshot.random(seed: UInt64(seed))
        snapshot.ageing = 0
        snapshot.running = []
        snapshot.preemption = false
        let demands = Dictionary(uniqueKeysWithValues: snapshot.queued.map { ($0.workloadID, $0) })
        let plan = Placement.plan(snapshot)
        for workload in plan.waiting.keys {
            guard let waiting = demands[workload] else { continue }
            // Leaving out everything of lower priority must not let it in.
            var higher = snapshot
            higher.queued = snapshot.queued.filter { $0.priority >= waiting.priority }
            #expect(Placement.plan(higher).waiting[workload] != nil)
        }
    }

    @Test("preemption ends only attempts of lower priority, and enough of them", arguments: 0..<200)
    func preemptions(seed: Int) throws {
        var snapshot = try Placement.Snapshot.random(seed: UInt64(seed))
        snapshot.preemption = true
        let plan = Placement.plan(snapshot)
        let demands = Dictionary(uniqueKeysWithValues: snapshot.queued.map { ($0.workloadID, $0) })
        let attempts = Dictionary(uniqueKeysWithValues: snapshot.running.map { ($0.attemptID, $0) })
        for preemption in plan.preemptions {
            let demand = try #require(demands[preemption.workloadID])
            #expect(!preemption.attemptIDs.isEmpty)
            for id in preemption.attemptIDs {
                let victim = try #require(attempts[id])
                #expect(victim.priority < demand.priority)
                #expect(victim.nodeID == preemption.nodeID)
                #expect(victim.preemptedFor == nil)
            }
            // With the victims gone and nobody else asking, it fits there.
            var after = snapshot
            after.running.removeAll { preemption.attemptIDs.contains($0.attemptID) }
            after.nodes.removeAll { $0.id != preemption.nodeID }
            after.queued = [demand]
            #expect(Placement.plan(after).nodeOf[demand.workloadID] == preemption.nodeID)
        }
    }

    @Test("the largest and smallest numbers there are do not trap")
    func extremes() throws {
        let numbers: [Int64] = [.min, -1, 0, 1, .max]
        for number in numbers {
            let amount = Placement.Resources(
                milliCPU: Int(number), memoryBytes: number, gpus: Int(number), attempts: Int(number))
            for other in numbers {
                let demands = (0..<4).map { index in
                    Placement.Demand(
                        workloadID: "w\(index)", priority: Int(other), submittedAtMs: other, resources: amount,
                        notBeforeMs: index == 1 ? other : nil)
                }
                let attempts = (0..<3).map { index in
                    Placement.Running(
                        workloadID: "r\(index)", attemptID: "a\(index)", nodeID: "n", resources: amount,
                        priority: Int(other), owner: "o")
                }
                let node = Placement.Node(
                    id: "n", capacity: amount, maxAttempts: Int(other), isRented: true, hourlyPrice: .nan)
                let plan = Placement.plan(
                    Placement.Snapshot(
                        nowMs: number, nodes: [node, node], running: attempts, queued: demands, ageing: .infinity,
                        preemption: true, maxPreemptions: Int(other)))
                for reason in plan.waiting.values { #expect(!reason.sentence.isEmpty) }
            }
        }
    }
}
