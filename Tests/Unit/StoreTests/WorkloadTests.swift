import GRDB
import Testing

@testable import Store

@Suite("Workloads in the store")
struct WorkloadTests {
    @Test("a submit with a key takes effect once and repeats its answer")
    func submitOnce() async throws {
        let store = try await Samples.store()
        let outcomes = try await withThrowingTaskGroup(of: SubmitOutcome.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await store.write { tx in
                        try tx.submit(Samples.workload("W\(number)"), claim: claim("input"), answer: [UInt8(number)])
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .submitted } == 1)
        let all = try await store.read { try $0.workloads() }
        #expect(all.count == 1)
        let number = try #require(all.first.flatMap { UInt8($0.id.dropFirst()) })
        #expect(outcomes.count { $0 == .repeated([number]) } == 49)
        let other = try await store.write { try $0.submit(Samples.workload("X"), claim: claim("other")) }
        #expect(other == .keyReused)
    }

    @Test("a terminal state is final for the code and for the database")
    func terminal() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        try await store.write { tx in
            _ = try tx.applyAttempt(AttemptReport(attemptId: "A-W1", state: .failed, exitCode: 3), at: 5)
            #expect(try tx.finishWorkload("W1", generation: 1, state: .failed, exitCode: 3, at: 5)?.exitCode == 3)
            #expect(try tx.finishWorkload("W1", generation: 1, state: .succeeded, at: 6) == nil)
            #expect(try tx.requeueWorkload("W1", generation: 1, reason: "", at: 6) == nil)
            let repeated = try tx.applyAttempt(AttemptReport(attemptId: "A-W1", state: .succeeded, exitCode: 0), at: 6)
            guard case .unchanged = repeated else {
                Issue.record("\(repeated)")
                return
            }
        }
        for sql in [
            "UPDATE workloads SET state = 'queued', endedAt = NULL", "UPDATE workloads SET state = 'succeeded'",
            "UPDATE workloads SET exitCode = 0", "UPDATE attempts SET state = 'lost'",
            "UPDATE attempts SET exitCode = 0", "UPDATE attempts SET endedAt = 7",
        ] {
            let error = await #expect(throws: StoreError.self) {
                try await store.write { try $0.db.execute(sql: sql) }
            }
            #expect("\(String(describing: error))".contains("final"), "\(sql)")
        }
    }

    @Test("an ended workload has an end, and one under way has none")
    func endedAt() async throws {
        let store = try await Samples.store()
        try await store.write { _ = try $0.submit(Samples.workload("W1")) }
        for sql in ["UPDATE workloads SET state = 'lost'", "UPDATE workloads SET endedAt = 4"] {
            await #expect(throws: StoreError.self) { try await store.write { try $0.db.execute(sql: sql) } }
        }
        await #expect(throws: StoreError.self) {
            try await store.write { try $0.finishWorkload("W1", generation: 0, state: .running, at: 1) }
        }
    }

    @Test("a list is newest first and pages without gaps, whatever the filter")
    func list() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            for number in 10..<40 { _ = try tx.submit(Samples.workload("W\(number)")) }
            for number in 10..<20 { _ = try tx.finishWorkload("W\(number)", generation: 0, state: .lost, at: 9) }
        }
        for (filter, ids) in [
            (WorkloadFilter(), (10..<40).reversed().map { "W\($0)" }),
            (WorkloadFilter(states: [.lost]), (10..<20).reversed().map { "W\($0)" }),
            (WorkloadFilter(states: [.lost, .queued]), (10..<40).reversed().map { "W\($0)" }),
            (WorkloadFilter(node: "N1"), []),
        ] {
            var found: [String] = []
            var last: String?
            repeat {
                let page = try await store.read { [last] in try $0.workloads(filter, before: last, limit: 7) }
                found += page.map(\.id)
                last = page.last?.id
            } while last != nil
            #expect(found == ids)
        }
        #expect(try await store.read { try $0.workloadCounts() } == [.queued: 20, .lost: 10])
    }

    @Test("a word means an id, a name or a beginning, and several candidates are all named")
    func find() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            _ = try tx.submit(Samples.workload("01ABC", name: "one"))
            _ = try tx.submit(Samples.workload("01ABD", name: "two"))
            _ = try tx.submit(Samples.workload("01ABE", name: "two"))
        }
        try await store.read { tx throws in
            func ids(_ text: String) throws -> [String] {
                switch try tx.findWorkload(text) {
                case .none: []
                case .one(let workload): [workload.id]
                case .ambiguous(let candidates): candidates.map(\.id)
                }
            }
            #expect(try ids("01ABC") == ["01ABC"])
            #expect(try ids("one") == ["01ABC"])
            #expect(try ids("01abd") == ["01ABD"])
            #expect(try ids("01ab") == ["01ABE", "01ABD", "01ABC"])
            #expect(try ids("two") == ["01ABE", "01ABD"])
            #expect(try ids("nothing").isEmpty)
            #expect(try ids("").isEmpty)
        }
    }

    @Test("a name used again means the one that has not ended, else the latest; ids stay exact")
    func findAgain() async throws {
        let store = try await Samples.store()
        try await store.write { tx in
            for id in ["01ABC", "01ABD", "01ABE"] { _ = try tx.submit(Samples.workload(id, name: "nightly")) }
            _ = try tx.requestCancel("01ABC", at: 5)
            _ = try tx.requestCancel("01ABE", at: 5)
            guard case .one(let live) = try tx.findWorkload("nightly") else {
                Issue.record("the live one is meant")
                return
            }
            #expect(live.id == "01ABD")
            _ = try tx.requestCancel("01ABD", at: 6)
            guard case .one(let latest) = try tx.findWorkload("nightly") else {
                Issue.record("the latest is meant")
                return
            }
            #expect(latest.id == "01ABE")
            guard case .one(let exact) = try tx.findWorkload("01ABC"), exact.id == "01ABC" else {
                Issue.record("an id means itself")
                return
            }
        }
    }

    @Test("a cancelled workload in the queue ends at once, one on a node waits for the spoke")
    func cancel() async throws {
        let store = try await Samples.store()
        try await store.write { _ = try $0.submit(Samples.workload("W1")) }
        try await Samples.place("W2", in: store)
        try await store.write { tx in
            guard case .cancelled(let first) = try tx.requestCancel("W1", at: 5) else {
                Issue.record("W1 was not cancelled")
                return
            }
            #expect(first.state == .cancelled && first.endedAt == 5)
            guard case .requested(let second, let attempt) = try tx.requestCancel("W2", at: 5) else {
                Issue.record("the wish for W2 was not kept")
                return
            }
            #expect(second.cancelRequested && second.state == .starting && attempt.id == "A-W2")
            #expect(try tx.cancelledAttempts(on: "N1").map(\.id) == ["A-W2"])
            #expect(try tx.cancelledAttempts().map(\.id) == ["A-W2"])
            guard case .alreadyEnded = try tx.requestCancel("W1", at: 6), try tx.requestCancel("X", at: 6) == .unknown
            else {
                Issue.record("an ended or unknown workload was cancelled")
                return
            }
            // Its node is lost before it confirms: the wish decides against another try.
            _ = try tx.markLost("A-W2", reason: "node away", at: 7)
            #expect(try tx.requeueWorkload("W2", generation: 1, reason: "retry", at: 7)?.state == .cancelled)
        }
    }

    private func claim(_ fingerprint: String) -> IdempotencyClaim {
        IdempotencyClaim(
            peerId: "OPERATOR", operation: "workload/submit", key: "k", fingerprint: fingerprint, at: 1_000)
    }
}
