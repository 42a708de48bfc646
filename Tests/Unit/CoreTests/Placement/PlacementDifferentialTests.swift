import Testing

@testable import Core

@Suite("Placement decides as the plainest planner does")
struct PlacementDifferentialTests {
    @Test("every decision is the same, and in the same order, on random fleets", arguments: 0..<200)
    func withoutAgeing(seed: Int) throws {
        var snapshot = try Self.plain(seed: UInt64(seed))
        snapshot.ageing = 0
        var slow = SlowPlanner(snapshot)
        #expect(Placement.plan(snapshot).assignments == slow.run())
    }

    @Test("the same where waiting counts, as long as nobody has waited past the highest priority", arguments: 0..<100)
    func withAgeing(seed: Int) throws {
        var snapshot = try Self.plain(seed: UInt64(seed))
        // In 300 minutes that is 30 points.
        snapshot.ageing = 0.1
        snapshot.queued.removeAll { $0.priority > 70 }
        var slow = SlowPlanner(snapshot)
        #expect(Placement.plan(snapshot).assignments == slow.run())
    }

    @Test("the same where nearly every node is of its own kind", arguments: 0..<10)
    func manyKinds(seed: Int) throws {
        var snapshot = try Self.plain(seed: UInt64(seed), large: true)
        snapshot.ageing = 0
        var slow = SlowPlanner(snapshot)
        #expect(Placement.plan(snapshot).assignments == slow.run())
    }

    /// A random fleet in which nothing is ended for anybody.
    private static func plain(seed: UInt64, large: Bool = false) throws -> Placement.Snapshot {
        var snapshot = try Placement.Snapshot.random(seed: seed, large: large)
        snapshot.preemption = false
        snapshot.running = snapshot.running.map { attempt in
            Placement.Running(
                workloadID: attempt.workloadID, attemptID: attempt.attemptID, nodeID: attempt.nodeID,
                resources: attempt.resources, priority: attempt.priority, owner: attempt.owner)
        }
        return snapshot
    }
}
