import Core
import Operations
import Testing

@Suite("Placement is fair and starves nobody")
struct PlacementFairnessTests {
    @Test("the higher priority goes first, the older inside one priority")
    func priorities() throws {
        let queued = [
            try demand("late", cpus: 1, at: 2), try demand("early", cpus: 1, at: 1),
            try demand("urgent", cpus: 1, priority: 80, at: 3), try demand("idle", cpus: 1, priority: 10),
        ]
        let plan = Placement.plan(Placement.Snapshot(nowMs: 4 * 60_000, nodes: [node("n")], queued: queued))
        #expect(plan.assignments.map(\.workloadID) == ["urgent", "early", "late", "idle"])
    }

    @Test("an owner who comes later with little is not behind a flood of another")
    func flood() throws {
        let flood = try (0..<1000).map { try demand("a\($0)", cpus: 1, owner: "flood") }
        let few = try (0..<3).map { try demand("b\($0)", cpus: 1, at: 60, owner: "few") }
        let plan = Placement.plan(
            Placement.Snapshot(
                nowMs: 61 * 60_000, nodes: (0..<4).map { node("n\($0)") }, queued: flood + few))
        #expect(plan.assignments.count == 16)
        #expect(plan.assignments.prefix(9).filter { $0.workloadID.hasPrefix("b") }.count == 3)
    }

    @Test("owners with equal queues get equal shares, what runs already included")
    func shares() throws {
        let owners = ["x", "y", "z"]
        let queued = try owners.flatMap { owner in
            try (0..<40).map { try demand("\(owner)\($0)", cpus: 1, owner: owner) }
        }
        let load = (0..<6).map { running("r\($0)", on: "n0", cpus: 1, owner: "x") }
        let plan = Placement.plan(
            Placement.Snapshot(nowMs: 0, nodes: [node("n0", cpus: 30)], running: load, queued: queued))
        let counts = Dictionary(grouping: plan.assignments, by: { $0.workloadID.prefix(1) }).mapValues(\.count)
        #expect(counts == ["x": 4, "y": 10, "z": 10])
    }

    @Test("ageing lifts a low priority past a stream of fresh high ones, and without ageing it waits")
    func ageing() throws {
        for (rate, expected) in [(1.0, true), (0.0, false)] {
            var ran = false
            var simulation = Simulation(nodes: [node("n", cpus: 1)], ageing: rate)
            simulation.queued = [try demand("low", cpus: 1, priority: 0)]
            for minute in 0..<200 as Range<Int64> {
                simulation.queued.append(try demand("high\(minute)", cpus: 1, priority: 90, at: minute))
                simulation.step(minute: minute, length: { _ in 1 })
                ran = ran || simulation.started["low"] != nil
            }
            #expect(ran == expected)
        }
    }

    @Test("a large workload is not kept out for ever by small ones", arguments: [Placement.Policy.binPack, .spread])
    func large(policy: Placement.Policy) throws {
        var generator = SeededGenerator(seed: 11)
        var simulation = Simulation(nodes: [node("a"), node("b")], ageing: 1, policy: policy)
        for minute in 0..<300 as Range<Int64> {
            for index in 0..<3 {
                simulation.queued.append(try demand("s\(minute)-\(index)", cpus: 1, at: minute))
            }
            if minute == 10 { simulation.queued.append(try demand("large", cpus: 4, at: 10)) }
            simulation.step(minute: minute) { _ in Int64.random(in: 2...9, using: &generator) }
            if minute == 60 { #expect(simulation.started["large"] == nil) }
        }
        // 51 minutes of ageing to pass the top, then what runs on one node ends.
        let started = try #require(simulation.started["large"])
        #expect(started < 120)
    }

    @Test("room is kept somewhere else when the nearest node runs something that never ends")
    func largeWithDaemon() throws {
        var simulation = Simulation(nodes: [node("a"), node("b"), node("c")], ageing: 1)
        simulation.queued = [try demand("daemon", cpus: 1), try demand("large", cpus: 4, at: 1, owner: "l")]
        var minute: Int64 = 0
        while minute < 600, simulation.started["large"] == nil {
            for index in 0..<6 {
                simulation.queued.append(try demand("s\(minute)-\(index)", cpus: 1, at: minute, owner: "s"))
            }
            simulation.step(minute: minute, length: { $0 == "daemon" ? 100_000 : 5 })
            minute += 1
        }
        #expect(simulation.started["large"] != nil)
    }

    @Test("a workload that can never be helped does not stop the fleet for good")
    func hopeless() throws {
        var simulation = Simulation(nodes: [node("n")], ageing: 1)
        simulation.queued = [try demand("daemon", cpus: 1)]
        simulation.step(minute: 0, length: { _ in 1_000_000 })
        simulation.queued = [try demand("hopeless", cpus: 4, owner: "h")]
        for minute in 1..<1000 as Range<Int64> {
            if minute % 10 == 0 { simulation.queued.append(try demand("s\(minute)", cpus: 1, at: minute, owner: "s")) }
            simulation.step(minute: minute, length: { _ in 5 })
        }
        #expect(simulation.started["hopeless"] == nil)
        #expect(simulation.started.keys.filter { $0.hasPrefix("s") }.count > 60)
    }

    @Test("what is as large as an aged workload competes with it in fair order")
    func holdIsFair() throws {
        let aged = try (0..<5).map { try demand("aged\($0)", cpus: 2, owner: "a") }
        let fresh = try demand("fresh", cpus: 2, at: 199, owner: "b")
        let small = try demand("small", cpus: 1, at: 199, owner: "c")
        let snapshot = Placement.Snapshot(
            nowMs: 200 * 60_000, nodes: [node("n", cpus: 4), node("busy", cpus: 8)],
            running: [running("r", on: "busy", cpus: 8, owner: "a"), running("q", on: "n", cpus: 2, owner: "a")],
            queued: aged + [fresh, small], ageing: 0.3)
        let plan = Placement.plan(snapshot)
        #expect(plan.assignments.map(\.workloadID) == ["fresh"])
        // Without the one as large, the room is kept from the smaller one although its owner uses nothing.
        var others = snapshot
        others.queued = aged + [small]
        #expect(Placement.plan(others).assignments.map(\.workloadID) == ["aged0"])
    }

    @Test("room is kept from smaller work, and both are told")
    func reserved() throws {
        let snapshot = Placement.Snapshot(
            nowMs: 200 * 60_000, nodes: [node("n")], running: [running("r", on: "n", cpus: 1)],
            queued: [try demand("large", cpus: 4), try demand("small", cpus: 1, at: 199)])
        let plan = Placement.plan(snapshot)
        #expect(plan.assignments.isEmpty)
        #expect(plan.waiting["large"]?.sentence == "n is kept for it until enough running there has ended")
        #expect(
            plan.waiting["small"]?.sentence
                == "would fit on n, whose room is kept for workload large, which goes first")
    }

    @Test("preemption ends the least that is needed, once, and keeps the room")
    func preemption() throws {
        let load = [
            running("a", on: "n", cpus: 1, priority: 10), running("b", on: "n", cpus: 3, priority: 20),
            running("c", on: "m", cpus: 4, priority: 60),
        ]
        var snapshot = Placement.Snapshot(
            nowMs: 0, nodes: [node("n"), node("m")], running: load,
            queued: [try demand("urgent", cpus: 3, priority: 90)], preemption: true)
        let plan = Placement.plan(snapshot)
        #expect(plan.preemptions.map(\.attemptIDs) == [["attempt-b"]])
        #expect(plan.waiting["urgent"]?.sentence == "an attempt of lower priority on n is being ended for it")

        snapshot.preemption = false
        #expect(Placement.plan(snapshot).preemptions.isEmpty)

        snapshot.preemption = true
        snapshot.running[1] = running("b", on: "n", cpus: 1, priority: 20, preemptedFor: "urgent")
        snapshot.queued.append(try demand("small", cpus: 1, priority: 80))
        let next = Placement.plan(snapshot)
        #expect(next.assignments.isEmpty)
        #expect(next.preemptions.allSatisfy { $0.workloadID == "small" })
        #expect(next.waiting["urgent"] == .preempting(node: "n", attempts: 1))
    }
}
