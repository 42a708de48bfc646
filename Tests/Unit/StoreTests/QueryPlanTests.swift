import GRDB
import Synchronization
import Testing

@testable import Store

@Suite("Query plans")
struct QueryPlanTests {
    @Test("no page of the workload list sorts or reads the whole table")
    func list() async throws {
        let store = try await Samples.store()
        for filter in [
            WorkloadFilter(), WorkloadFilter(states: [.queued]), WorkloadFilter(states: [.running, .starting]),
            WorkloadFilter(node: "N1"),
            WorkloadFilter(states: [.failed], node: "N1"),
            WorkloadFilter(states: [.queued], audience: Audience(peer: "P", nodes: ["N1"])),
            WorkloadFilter(audience: Audience(peer: "P", nodes: ["N1"])),
        ] {
            let query = filter.query(before: "W", limit: 50)
            let plan = try await store.read { tx in
                try Row.fetchAll(tx.db, sql: "EXPLAIN QUERY PLAN " + query.sql, arguments: query.arguments)
                    .map { $0["detail"] as String }
            }
            let reads = plan.filter { $0.contains("workloads") }
            #expect(!reads.isEmpty && reads.allSatisfy { $0.contains("USING INDEX") }, "\(plan)")
        }
    }

    @Test("every query of the hot paths goes through an index")
    func indexes() async throws {
        let store = try await Samples.store()
        try await Samples.place("W1", in: store)
        let trace = Mutex<Set<String>>([])
        try await store.write { tx in
            tx.db.trace { event in
                guard case .statement(let statement) = event else { return }
                trace.withLock { _ = $0.insert(statement.sql) }
            }
            try exercise(tx)
            tx.db.trace(options: [])
        }
        let statements = trace.withLock { $0 }.filter { sql in
            ["SELECT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) } && !sql.contains("sqlite_sequence")
        }
        #expect(statements.count > 20)
        for sql in statements {
            let plan = try await store.read { tx in
                let statement = try tx.db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                // The plan does not depend on the values; unbound they are NULL.
                statement.setUncheckedArguments(StatementArguments())
                return try Row.fetchAll(statement).map { $0["detail"] as String }
            }
            let scans = plan.filter { $0.hasPrefix("SCAN") && !$0.contains("INDEX") && !$0.contains("CONSTANT ROW") }
            #expect(scans.isEmpty, "\(sql): \(plan)")
        }
    }

    /// Runs each hot query once.
    private func exercise(_ tx: StoreTransaction) throws {
        _ = try tx.peer("N1")
        _ = try tx.peer(named: "n", kind: .spoke)
        _ = try tx.keys(of: "N1")
        var next = Samples.key("sha256:n1b", of: "N1")
        next.expiresAt = 2
        _ = try tx.announceKey(next, by: "sha256:n1", at: 1)
        _ = try tx.useKey("sha256:n1b", of: "N1", at: 1)
        _ = try tx.forgetAnnouncedKeys(at: 1)
        _ = try tx.currentHubKey()
        try tx.touchPeers([("N1", 1)])
        _ = try tx.finishDrain("N1")
        _ = try tx.token("T")
        _ = try tx.enrol(Samples.enrolment(1))
        var numbered = Samples.enrolment(2)
        numbered.name = "name-N1"
        numbered.isNameChosen = false
        _ = try tx.enrol(numbered)
        _ = try tx.findWorkload("W")
        _ = try tx.findWorkload("W", for: Audience(peer: "P", nodes: ["N1"]))
        _ = try tx.workloadCounts()
        _ = try tx.attempts(of: "W1")
        _ = try tx.activeAttempts(on: "N1")
        _ = try tx.nodesWithActiveAttempts()
        _ = try tx.attemptsWithoutLogs(on: "N1")
        _ = try tx.cancelledAttempts(on: "N1")
        _ = try tx.assignedAttempts()
        _ = try tx.cancelledAttempts()
        _ = try tx.queuedWorkloads()
        _ = try tx.heldPlacements()
        try tx.setQueueReasons([QueueReason(workloadId: "W1", generation: 0, reason: "r")])
        _ = try tx.assign([Assignment(workloadId: "W1", generation: 0, nodeId: "N1", attemptId: "A")], at: 1)
        _ = try tx.markUnknown(on: "N1", since: 1)
        try tx.clearUnknown(on: "N1")
        _ = try tx.applyAttempt(AttemptReport(attemptId: "A-W1", state: .running), at: 1)
        _ = try tx.requestCancel("W1", at: 1)
        _ = try tx.finishWorkload("W1", generation: 1, state: .lost, at: 1)
        let claim = IdempotencyClaim(peerId: "P", operation: "o", key: "k", fingerprint: "f", at: 1)
        _ = try tx.begin(claim)
        try tx.finish(claim, answer: [])
        _ = try tx.expireIdempotency(now: 1)
        _ = try tx.applyJournal(
            "N1", epoch: "e", rows: [JournalRow(id: "R", seq: 1, kind: "k", payload: "{}")], at: 1
        ) { _, _ in .applied }
        _ = try tx.pruneJournal(before: 1)
        _ = try tx.events(after: 0, filter: EventFilter(kinds: ["a"], node: "N1"))
        _ = try tx.events(after: 0, filter: EventFilter(audience: Audience(peer: "P", nodes: ["N1"])))
        _ = try tx.recentEvents(filter: EventFilter(), limit: 1)
        _ = try tx.eventCursor(since: 1)
    }
}
