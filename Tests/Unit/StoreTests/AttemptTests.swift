import Store
import Testing

@Suite("Attempts in the store")
struct AttemptTests {
    @Test("a plan takes only what is still queued as it was seen, on nodes that still may")
    func assign() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            for id in ["W1", "W2", "W3", "W4"] { _ = try tx.submit(Samples.workload(id)) }
            _ = try tx.requestCancel("W2", at: 3)
            try tx.insertPeer(Samples.spoke("GONE"))
            try tx.removePeer("GONE", at: 3)
            let made = try tx.assign(
                [
                    Assignment(workloadId: "W1", generation: 0, nodeId: "N1", attemptId: "A1", resources: #"{"c":1}"#),
                    Assignment(workloadId: "W1", generation: 0, nodeId: "N2", attemptId: "A1b"),
                    Assignment(workloadId: "W2", generation: 0, nodeId: "N1", attemptId: "A2"),
                    Assignment(workloadId: "W3", generation: 4, nodeId: "N1", attemptId: "A3"),
                    Assignment(workloadId: "W4", generation: 0, nodeId: "GONE", attemptId: "A4"),
                ], at: 4)
            #expect(made.map(\.id) == ["A1"])
            #expect(made.first?.generation == 1 && made.first?.number == 1)
            #expect(try tx.workload("W1")?.state == .starting)
            #expect(try tx.workload("W1")?.nodeId == "N1")
            #expect(try tx.queuedWorkloads().map(\.id) == ["W3", "W4"])
            #expect(try tx.heldPlacements().map(\.resources) == [#"{"c":1}"#])
            #expect(try tx.activeAttempts(on: "N1") == made)
            #expect(try tx.nodesWithActiveAttempts() == ["N1"])
        }
    }

    @Test("the queue is by priority, then by submission, and says why")
    func queue() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            _ = try tx.submit(Samples.workload("W1", priority: 10, at: 1))
            _ = try tx.submit(Samples.workload("W2", priority: 90, at: 3))
            _ = try tx.submit(Samples.workload("W3", priority: 90, at: 2))
            try tx.setQueueReasons([
                QueueReason(workloadId: "W1", generation: 0, reason: "no node has 8 GPUs"),
                QueueReason(workloadId: "W2", generation: 1, reason: "of another time"),
                QueueReason(workloadId: "NONE", generation: 0, reason: "x"),
            ])
            #expect(try tx.queuedWorkloads().map(\.id) == ["W3", "W2", "W1"])
            #expect(try tx.queuedWorkloads().map(\.reason) == ["", "", "no node has 8 GPUs"])
        }
    }

    @Test("reports move attempt and workload forward, in any order and number")
    func reports() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        try await store.write { tx in
            let running = AttemptReport(attemptId: "A-W1", state: .running, startedAt: 30)
            guard case .advanced(let attempt, let workload) = try tx.applyAttempt(running, at: 31) else {
                Issue.record("running did not advance")
                return
            }
            #expect(attempt.state == .running && workload.state == .running && workload.startedAt == 30)
            for late in [running, AttemptReport(attemptId: "A-W1", state: .starting)] {
                guard case .unchanged = try tx.applyAttempt(late, at: 32) else {
                    Issue.record("\(late) changed something")
                    return
                }
            }
            let done = AttemptReport(
                attemptId: "A-W1", state: .failed, exitCode: 7, endedAt: 40, logBytes: 12, receipt: "{}")
            guard case .ended(let end, let waiting) = try tx.applyAttempt(done, at: 41) else {
                Issue.record("failed did not end it")
                return
            }
            #expect(end.exitCode == 7 && end.endedAt == 40 && end.receipt == "{}" && end.logBytes == 12)
            #expect(waiting.state == .running && waiting.endedAt == nil)
            #expect(try tx.applyAttempt(AttemptReport(attemptId: "X", state: .failed), at: 1) == .unknown)
            #expect(try tx.attemptsWithoutLogs(on: "N1").map(\.id) == ["A-W1"])
            try tx.setLogsCollected("A-W1", bytes: 12, truncated: false)
            #expect(try tx.attemptsWithoutLogs(on: "N1").isEmpty)
        }
    }

    @Test("a result after the attempt was given up is kept; the workload takes it only if it was not placed again")
    func late() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        try await Samples.place("W2", in: store)
        try await store.write { tx in
            for id in ["W1", "W2"] {
                guard case .ended = try tx.markLost("A-\(id)", reason: "node away", at: 10) else {
                    Issue.record("\(id) was not lost")
                    return
                }
                #expect(try tx.requeueWorkload(id, generation: 1, reason: "retry 1", notBefore: 5, at: 10) != nil)
            }
            _ = try tx.assign([Assignment(workloadId: "W2", generation: 1, nodeId: "N2", attemptId: "B")], at: 11)
            for (id, takes) in [("W1", true), ("W2", false)] {
                let result = AttemptReport(attemptId: "A-\(id)", state: .succeeded, exitCode: 0, receipt: #"{"r":1}"#)
                guard case .late(let attempt, let workload) = try tx.applyAttempt(result, at: 12) else {
                    Issue.record("\(id) was not late")
                    return
                }
                #expect(attempt.state == .lost && attempt.receipt == #"{"r":1}"# && attempt.exitCode == 0)
                #expect((workload.generation == attempt.generation) == takes)
                let ended = try tx.finishWorkload(
                    id, generation: attempt.generation, state: .succeeded, exitCode: 0, at: 12)
                #expect((ended != nil) == takes)
                guard case .unchanged = try tx.applyAttempt(result, at: 13) else {
                    Issue.record("the same late result counted twice")
                    return
                }
            }
            #expect(try tx.attempts(of: "W2").map(\.id) == ["A-W2", "B"])
        }
    }

    @Test("news of an older attempt does not move a workload that was placed again")
    func older() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        try await store.write { tx in
            #expect(try tx.requeueWorkload("W1", generation: 1, reason: "", at: 3) != nil)
            _ = try tx.assign([Assignment(workloadId: "W1", generation: 1, nodeId: "N2", attemptId: "B")], at: 4)
            _ = try tx.applyAttempt(AttemptReport(attemptId: "A-W1", state: .running), at: 5)
            #expect(try tx.workload("W1")?.state == .starting)
        }
    }

    @Test("what no node has confirmed yet is found for all nodes at once")
    func assigned() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        try await Samples.place("W2", in: store)
        try await store.write { tx throws in
            #expect(try tx.assignedAttempts().map(\.id) == ["A-W1", "A-W2"])
            _ = try tx.applyAttempt(AttemptReport(attemptId: "A-W1", state: .running), at: 5)
            #expect(try tx.assignedAttempts().map(\.id) == ["A-W2"])
        }
    }

    @Test("a node's attempts are flagged unknown once, and freed when it is back")
    func unknown() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        try await store.write { tx throws in
            #expect(try tx.markUnknown(on: "N1", since: 50) == 1)
            #expect(try tx.markUnknown(on: "N1", since: 60) == 0)
            #expect(try tx.attempt("A-W1")?.unknownSince == 50)
            try tx.clearUnknown(on: "N1")
            #expect(try tx.attempt("A-W1")?.unknownSince == nil)
        }
    }
}
