import CallProtocol
import Database
import GRDB
import Operations

/// The rows of the attempts, inside a transaction. Whatever changes one also writes its journal row.
enum AttemptTable {
    static func find(_ db: Database, _ id: String) throws -> AttemptRow? {
        try Row.fetchOne(db, cached: "SELECT * FROM attempts WHERE id = ?", arguments: [id]).map(AttemptRow.init)
    }

    static func all(_ db: Database, active: Bool) throws -> [AttemptRow] {
        let condition = active ? " WHERE state IN ('starting', 'running')" : ""
        return try Row.fetchAll(db, sql: "SELECT * FROM attempts\(condition) ORDER BY id").map(AttemptRow.init)
    }

    /// The highest generation of a workload that was ever started here.
    static func highestGeneration(_ db: Database, workload: String) throws -> Int? {
        try Int.fetchOne(db, cached: "SELECT max(generation) FROM attempts WHERE workload = ?", arguments: [workload])
    }

    static func insert(_ db: Database, _ row: AttemptRow, journal id: String) throws {
        try db.execute(
            cached: "INSERT INTO attempts (id, workload, generation, spec, owner, state) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [row.id, row.workload, row.generation, row.spec, row.owner, row.state])
        try JournalTable.append(
            db, id: id, kind: "attempt.changed", payload: try JSONCoding.encode(try row.status()))
    }

    /// Notes the wish to end the workload's attempts of lower generations that are still active; their ids.
    static func supersede(_ db: Database, workload: String, by generation: Int) throws -> [String] {
        let older = try String.fetchAll(
            db,
            cached: """
                SELECT id FROM attempts
                WHERE workload = ? AND generation < ? AND state IN ('starting', 'running')
                """, arguments: [workload, generation])
        for id in older { try wishEnd(db, id, reason: "superseded by generation \(generation)") }
        return older
    }

    /// Notes the wish to end an active attempt; the first reason stays.
    static func wishEnd(_ db: Database, _ id: String, reason: String) throws {
        try db.execute(
            cached: """
                UPDATE attempts SET cancelReason = coalesce(cancelReason, ?)
                WHERE id = ? AND state IN ('starting', 'running')
                """, arguments: [reason, id])
    }

    /// `starting` becomes `running`; any other state stays.
    static func markRunning(_ db: Database, _ id: String, at now: Int64, journal rowID: String) throws {
        try db.execute(
            cached: "UPDATE attempts SET state = 'running', startedAt = ? WHERE id = ? AND state = 'starting'",
            arguments: [now, id])
        guard db.changesCount == 1, let row = try find(db, id) else { return }
        try JournalTable.append(
            db, id: rowID, kind: "attempt.changed", payload: try JSONCoding.encode(try row.status()))
    }

    /// Writes the end of an attempt that is active; a terminal one is never changed.
    static func finish(_ db: Database, _ outcome: AttemptOutcome, journal rowID: String) throws {
        guard let row = try find(db, outcome.id), row.isActive else { return }
        try db.execute(
            cached: """
                UPDATE attempts SET state = ?, spec = NULL, exitCode = ?, signal = ?, reason = ?, notStarted = ?, startedAt = ?,
                    endedAt = ?, logBytes = ?, logTruncated = ?, receipt = ?
                WHERE id = ?
                """,
            arguments: [
                outcome.state, outcome.exitCode, outcome.signal, outcome.reason, outcome.notStarted,
                outcome.startedAt, outcome.endedAt, outcome.logBytes, outcome.logTruncated, outcome.receipt, outcome.id,
            ])
        guard let ended = try find(db, outcome.id) else { return }
        let seq = try JournalTable.append(
            db, id: rowID, kind: "attempt.finished", payload: try JSONCoding.encode(try ended.status()))
        try db.execute(cached: "UPDATE attempts SET finishedSeq = ? WHERE id = ?", arguments: [seq, outcome.id])
    }

    /// Attempts whose results have been safe at the hub since before `time`.
    static func acknowledged(_ db: Database, before time: Int64) throws -> [String] {
        try String.fetchAll(
            db, cached: "SELECT id FROM attempts WHERE acknowledgedAt < ? ORDER BY acknowledgedAt LIMIT 500",
            arguments: [time])
    }

    /// Drops an ended attempt; its id is kept, because an order to start it may still come, late or from a hub that was
    /// set back, and must not start the program again.
    static func delete(_ db: Database, _ id: String) throws {
        try db.execute(
            cached: "DELETE FROM attempts WHERE id = ? AND state NOT IN ('starting', 'running')", arguments: [id])
        guard db.changesCount == 1 else { return }
        try db.execute(cached: "INSERT OR IGNORE INTO forgotten (id) VALUES (?)", arguments: [id])
    }
}
