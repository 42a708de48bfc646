import Database
import GRDB

/// How a wish to cancel was met.
package enum CancelOutcome: Sendable, Equatable {
    /// No workload of that id.
    case unknown
    /// It had ended before.
    case alreadyEnded(WorkloadRecord)
    /// It was not on any node and is cancelled now.
    case cancelled(WorkloadRecord)
    /// The wish is kept until the spoke that has this attempt confirms.
    case requested(WorkloadRecord, AttemptRecord)
}

extension StoreTransaction {
    /// Ends a workload in a terminal `state`, if it has not ended and its generation is still `generation`.
    /// - Returns: the ended workload, or nil when nothing was changed.
    /// - Throws: `StoreError.conflict` for a state that is not terminal.
    package func finishWorkload(
        _ id: String, generation: Int, state: WorkloadState, exitCode: Int? = nil, reason: String = "", at: Int64
    ) throws -> WorkloadRecord? {
        guard state.isTerminal else { throw StoreError.conflict("a workload cannot end as \(state.rawValue)") }
        return try WorkloadRecord.fetchOne(
            db,
            cached: """
                UPDATE workloads SET state = ?, exitCode = ?, reason = ?, endedAt = ?
                WHERE id = ? AND generation = ? AND endedAt IS NULL RETURNING *
                """,
            arguments: [state.rawValue, exitCode, reason, at, id, generation])
    }

    /// Puts a workload back in the queue for another attempt, under the same conditions as `finishWorkload`.
    ///
    /// When its cancellation is wished for, it is cancelled instead.
    /// - Returns: the workload as it is now, or nil when nothing was changed.
    package func requeueWorkload(
        _ id: String, generation: Int, reason: String, notBefore: Int64 = 0, at: Int64
    ) throws -> WorkloadRecord? {
        let queued = try WorkloadRecord.fetchOne(
            db,
            cached: """
                UPDATE workloads SET state = 'queued', reason = ?, notBefore = ?
                WHERE id = ? AND generation = ? AND endedAt IS NULL RETURNING *
                """,
            arguments: [reason, notBefore, id, generation])
        guard let queued, queued.cancelRequested else { return queued }
        return try finishWorkload(id, generation: generation, state: .cancelled, reason: reason, at: at)
    }

    /// Wishes a workload cancelled. One without an attempt under way is cancelled at once.
    package func requestCancel(_ id: String, reason: String = "cancelled", at: Int64) throws -> CancelOutcome {
        guard let old = try workload(id) else { return .unknown }
        guard !old.state.isTerminal else { return .alreadyEnded(old) }
        try db.execute(cached: "UPDATE workloads SET cancelRequested = 1 WHERE id = ?", arguments: [id])
        let current = try AttemptRecord.fetchOne(
            db, cached: "SELECT * FROM attempts WHERE workloadId = ? AND generation = ? AND endedAt IS NULL",
            arguments: [id, old.generation])
        if let current, let workload = try workload(id) { return .requested(workload, current) }
        let ended = try finishWorkload(
            id, generation: old.generation, state: .cancelled, reason: reason, at: at)
        return ended.map { .cancelled($0) } ?? .unknown
    }

    /// The attempts whose workload's cancellation is wished for and not yet confirmed, on one node: what a node
    /// that came back has to be told.
    package func cancelledAttempts(on nodeId: String) throws -> [AttemptRecord] {
        try AttemptRecord.fetchAll(
            db,
            cached: """
                SELECT attempts.* FROM attempts JOIN workloads ON workloads.id = workloadId
                WHERE attempts.nodeId = ? AND attempts.endedAt IS NULL AND cancelRequested = 1 ORDER BY attempts.id
                """,
            arguments: [nodeId])
    }

    /// The same of all nodes, by node and then oldest first.
    package func cancelledAttempts() throws -> [AttemptRecord] {
        try AttemptRecord.fetchAll(
            db,
            sql: """
                SELECT attempts.* FROM attempts JOIN workloads ON workloads.id = workloadId
                WHERE attempts.endedAt IS NULL AND cancelRequested = 1 ORDER BY attempts.nodeId, attempts.id
                """)
    }
}
