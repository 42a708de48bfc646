import Database
import GRDB

/// A queued workload as placement needs it: no more than the decision takes.
package struct QueuedWorkload: Sendable, Equatable {
    package var id: String
    package var owner: String
    package var reach: String?
    package var priority: Int
    package var submittedAt: Int64
    package var generation: Int
    package var notBefore: Int64
    /// The reason shown now, so that only a changed one is written.
    package var reason: String
}

/// What an attempt that has not ended holds on its node.
package struct HeldPlacement: Sendable, Equatable {
    package var attemptId: String
    package var workloadId: String
    package var nodeId: String
    /// Whose workload it is.
    package var owner: String
    package var priority: Int
    package var resources: String
    /// Whether the node has said anything of the attempt yet.
    package var isAnswered: Bool
}

/// One decision of a plan: this workload, as it was seen, goes to that node.
package struct Assignment: Sendable, Equatable {
    package var workloadId: String
    /// The generation that placement saw; the assignment holds only if it still stands.
    package var generation: Int
    package var nodeId: String
    /// The ULID of the attempt to make.
    package var attemptId: String
    /// What the attempt will hold, JSON.
    package var resources: String

    package init(workloadId: String, generation: Int, nodeId: String, attemptId: String, resources: String = "{}") {
        self.workloadId = workloadId
        self.generation = generation
        self.nodeId = nodeId
        self.attemptId = attemptId
        self.resources = resources
    }
}

/// Why a workload, as it was seen, is still queued.
package struct QueueReason: Sendable, Equatable {
    package var workloadId: String
    /// The generation that placement saw; since another one there is another reason.
    package var generation: Int
    package var reason: String

    package init(workloadId: String, generation: Int, reason: String) {
        self.workloadId = workloadId
        self.generation = generation
        self.reason = reason
    }
}

extension StoreTransaction {
    /// Every queued workload: by priority, then by submission. Those not due yet are included.
    ///
    /// All of them, because placement orders them by more than their priority: one that is left out here would wait
    /// without a reason, however long it has waited already.
    package func queuedWorkloads() throws -> [QueuedWorkload] {
        let rows = try Row.fetchCursor(
            db,
            cached: """
                SELECT id, owner, reach, priority, submittedAt, generation, notBefore, reason
                FROM workloads WHERE state = 'queued' ORDER BY priority DESC, submittedAt, id
                """)
        return try Array(
            rows.map { row in
                QueuedWorkload(
                    id: row[0], owner: row[1], reach: row[2], priority: row[3], submittedAt: row[4],
                    generation: row[5], notBefore: row[6], reason: row[7])
            })
    }

    /// The specifications of workloads, by id; ids that nobody knows are left out.
    package func specs(of ids: [String]) throws -> [String: String] {
        let statement = try db.cachedStatement(sql: "SELECT spec FROM workloads WHERE id = ?")
        var specs: [String: String] = [:]
        specs.reserveCapacity(ids.count)
        for id in ids { specs[id] = try String.fetchOne(statement, arguments: [id]) }
        return specs
    }

    /// What is held on the nodes by attempts that have not ended, by node.
    package func heldPlacements() throws -> [HeldPlacement] {
        let rows = try Row.fetchCursor(
            db,
            cached: """
                SELECT attempts.id, workloadId, attempts.nodeId, owner, priority, resources,
                    attempts.state <> 'assigned'
                FROM attempts JOIN workloads ON workloads.id = workloadId
                WHERE attempts.endedAt IS NULL ORDER BY attempts.nodeId, attempts.id
                """)
        return try Array(
            rows.map { row in
                HeldPlacement(
                    attemptId: row[0], workloadId: row[1], nodeId: row[2], owner: row[3], priority: row[4],
                    resources: row[5], isAnswered: row[6])
            })
    }

    /// Makes an attempt for every assignment whose workload is still queued, or has its machine come, as placement saw it.
    ///
    /// A workload that was placed, cancelled or changed meanwhile, or whose node is no longer an active peer or has begun
    /// to drain, is left out; the others are made all the same.
    /// - Returns: the attempts made, in the order of the plan.
    package func assign(_ plan: [Assignment], at: Int64) throws -> [AttemptRecord] {
        let claim = try db.cachedStatement(
            sql: """
                UPDATE workloads SET state = 'starting', generation = generation + 1,
                    attemptsMade = attemptsMade + 1, nodeId = ?1, reason = ''
                WHERE id = ?2 AND state IN ('queued', 'provisioning') AND generation = ?3 AND cancelRequested = 0
                    AND EXISTS (SELECT 1 FROM peers WHERE peers.id = ?1 AND peers.state = 'active' AND enabled = 1
                        AND drain = 'none')
                RETURNING attemptsMade
                """)
        // As `AttemptRecord.insert` would; a long queue has many, and a record takes more time to encode than to insert.
        let insertion = try db.cachedStatement(
            sql: """
                INSERT INTO attempts (id, workloadId, number, generation, nodeId, state, reason, createdAt, logBytes,
                    logTruncated, logsCollected, resources)
                VALUES (?, ?, ?, ?, ?, ?, '', ?, 0, 0, 0, ?)
                """)
        var made: [AttemptRecord] = []
        for choice in plan {
            let arguments: StatementArguments = [choice.nodeId, choice.workloadId, choice.generation]
            guard let number = try Int.fetchOne(claim, arguments: arguments) else { continue }
            let attempt = AttemptRecord(
                id: choice.attemptId, workloadId: choice.workloadId, number: number,
                generation: choice.generation + 1, nodeId: choice.nodeId, createdAt: at,
                resources: choice.resources)
            try insertion.execute(arguments: [
                attempt.id, attempt.workloadId, attempt.number, attempt.generation, attempt.nodeId,
                attempt.state.rawValue, attempt.createdAt, attempt.resources,
            ])
            made.append(attempt)
        }
        return made
    }

    /// Says why workloads are still queued, many in one go; those no longer queued, or placed since and back again, are
    /// left alone.
    package func setQueueReasons(_ reasons: [QueueReason]) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE workloads SET reason = ?3
                WHERE id = ?1 AND generation = ?2 AND state = 'queued' AND reason <> ?3
                """)
        for row in reasons { try statement.execute(arguments: [row.workloadId, row.generation, row.reason]) }
    }
}
