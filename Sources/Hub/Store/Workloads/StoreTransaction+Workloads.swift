import Database
import GRDB

/// What a person's word for a workload turned out to mean.
package enum WorkloadMatch: Sendable, Equatable {
    case none
    case one(WorkloadRecord)
    /// Several fit; the newest ``StoreTransaction/candidateLimit``.
    case ambiguous([WorkloadRecord])
}

extension StoreTransaction {
    /// The workload of this id.
    package func workload(_ id: String) throws -> WorkloadRecord? {
        try WorkloadRecord.fetchOne(db, cached: "SELECT * FROM workloads WHERE id = ?", arguments: [id])
    }

    /// The workload that `text` means: its whole id, else its name, else a beginning of its id (case is ignored).
    ///
    /// A name may be used again and again: it means the one that has not ended, else the latest.
    /// - Parameter audience: only workloads that it may see are found.
    package func findWorkload(_ text: String, for audience: Audience? = nil) throws -> WorkloadMatch {
        let id = text.uppercased()
        let (condition, values) = audience?.ofWorkloads ?? ("TRUE", [])
        let exact = try WorkloadRecord.fetchOne(
            db, cached: "SELECT * FROM workloads WHERE id = ? AND \(condition)", arguments: [id] + values)
        if let exact { return .one(exact) }
        guard !text.isEmpty else { return .none }
        var found = try named(text, for: audience)
        if found.isEmpty {
            // '~' sorts after every character of a ULID.
            found = try WorkloadRecord.fetchAll(
                db,
                cached: "SELECT * FROM workloads WHERE id >= ? AND id < ? AND \(condition) ORDER BY id DESC LIMIT ?",
                arguments: [id, id + "~"] + values + [Self.candidateLimit])
        }
        guard let first = found.first else { return .none }
        return found.count == 1 ? .one(first) : .ambiguous(found)
    }

    /// Those of a name that have not ended, newest first, ``candidateLimit`` at most; without any, the latest alone.
    private func named(_ name: String, for audience: Audience?) throws -> [WorkloadRecord] {
        let (condition, values) = audience?.ofWorkloads ?? ("TRUE", [])
        let live = try WorkloadRecord.fetchAll(
            db,
            cached: """
                SELECT * FROM workloads WHERE name = ? AND endedAt IS NULL AND \(condition) ORDER BY id DESC LIMIT ?
                """,
            arguments: [name] + values + [Self.candidateLimit])
        guard live.isEmpty else { return live }
        return try WorkloadRecord.fetchAll(
            db, cached: "SELECT * FROM workloads WHERE name = ? AND \(condition) ORDER BY id DESC LIMIT 1",
            arguments: [name] + values)
    }

    /// How many workloads are in each state; states without any are absent.
    package func workloadCounts() throws -> [WorkloadState: Int] {
        let rows = try Row.fetchAll(db, cached: "SELECT state, COUNT(*) FROM workloads GROUP BY state")
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in
                WorkloadState(rawValue: row[0]).map { state in (state, row[1]) }
            })
    }

    /// How many workloads that have not ended have this text somewhere in their specification.
    package func openWorkloads(holding text: String) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT COUNT(*) FROM workloads WHERE endedAt IS NULL AND instr(spec, ?) > 0", arguments: [text])
            ?? 0
    }

    /// All attempts of a workload, first to last.
    package func attempts(of workloadId: String) throws -> [AttemptRecord] {
        try AttemptRecord.fetchAll(
            db, cached: "SELECT * FROM attempts WHERE workloadId = ? ORDER BY number", arguments: [workloadId])
    }

    /// The attempt of this id.
    package func attempt(_ id: String) throws -> AttemptRecord? {
        try AttemptRecord.fetchOne(db, cached: "SELECT * FROM attempts WHERE id = ?", arguments: [id])
    }

    /// The attempts on a node that have not ended, oldest first: what its own list is compared with.
    package func activeAttempts(on nodeId: String) throws -> [AttemptRecord] {
        try AttemptRecord.fetchAll(
            db, cached: "SELECT * FROM attempts WHERE nodeId = ? AND endedAt IS NULL ORDER BY id", arguments: [nodeId])
    }

    /// The nodes that have attempts that have not ended. One walk along an index of those attempts.
    package func nodesWithActiveAttempts() throws -> Set<String> {
        try String.fetchSet(db, sql: "SELECT DISTINCT nodeId FROM attempts WHERE endedAt IS NULL")
    }

    /// The attempts of all nodes that were made and not confirmed by their nodes, by node and then oldest first.
    package func assignedAttempts() throws -> [AttemptRecord] {
        try AttemptRecord.fetchAll(
            db, sql: "SELECT * FROM attempts WHERE state = 'assigned' AND endedAt IS NULL ORDER BY nodeId, id")
    }

    /// Ended attempts on a node whose logs the hub has not copied, oldest first.
    package func attemptsWithoutLogs(on nodeId: String, limit: Int = 100) throws -> [AttemptRecord] {
        try AttemptRecord.fetchAll(
            db,
            cached: """
                SELECT * FROM attempts WHERE nodeId = ? AND endedAt IS NOT NULL AND logsCollected = 0
                ORDER BY id LIMIT ?
                """,
            arguments: [nodeId, limit])
    }
}
