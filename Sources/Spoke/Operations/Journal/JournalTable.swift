import CallProtocol
import Database
import GRDB
import NIOCore
import Operations

/// The rows of the journal, inside a transaction.
enum JournalTable {
    /// Rows in one batch, at most.
    static let batchRows = 256
    /// Bytes of payload in one batch, at most, unless a single row has more.
    static let batchBytes = 1 << 20

    struct State: Sendable {
        var epoch: String
        /// The highest row that was ever acknowledged.
        var acknowledged: Int64
    }

    static func state(_ db: Database) throws -> State {
        guard let row = try Row.fetchOne(db, cached: "SELECT epoch, acknowledged FROM journal_state WHERE id = 1")
        else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "journal_state has no row")
        }
        return State(epoch: row["epoch"], acknowledged: row["acknowledged"])
    }

    /// The highest number that a row was ever given.
    static func last(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, cached: "SELECT seq FROM sqlite_sequence WHERE name = 'journal'") ?? 0
    }

    /// Begins a new epoch: from now on the numbers mean something else than what the hub took them for.
    static func renewEpoch(_ db: Database) throws {
        try db.execute(cached: "UPDATE journal_state SET epoch = lower(hex(randomblob(16)))")
    }

    /// Appends a row and returns its number.
    @discardableResult
    static func append(_ db: Database, id: String, kind: String, payload: RawJSON) throws -> Int64 {
        try db.execute(
            cached: "INSERT INTO journal (id, kind, payload) VALUES (?, ?, ?)",
            arguments: [id, kind, payload.description])
        return db.lastInsertedRowID
    }

    /// Appends a row unless one of this id waits already.
    static func appendOnce(_ db: Database, id: String, kind: String, payload: RawJSON) throws {
        try db.execute(
            cached: "INSERT INTO journal (id, kind, payload) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
            arguments: [id, kind, payload.description])
    }

    /// How many rows wait for acknowledgement: rows go from the front only, so the ends tell.
    static func count(_ db: Database) throws -> Int {
        try Int.fetchOne(
            db,
            cached: "SELECT coalesce((SELECT max(seq) FROM journal) - (SELECT min(seq) FROM journal) + 1, 0)") ?? 0
    }

    static func batch(_ db: Database, after: Int64) throws -> JournalBatch {
        let state = try state(db)
        var rows: [JournalBatch.Row] = []
        var bytes = 0
        let cursor = try Row.fetchCursor(
            db, cached: "SELECT seq, id, kind, payload FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
            arguments: [after, batchRows])
        while let row = try cursor.next() {
            let payload: String = row["payload"]
            bytes += payload.utf8.count
            guard rows.isEmpty || bytes <= batchBytes else { break }
            rows.append(
                JournalBatch.Row(
                    seq: row["seq"], id: row["id"], kind: row["kind"],
                    payload: try RawJSON(validating: ByteBuffer(string: payload))))
        }
        return JournalBatch(epoch: state.epoch, acknowledged: state.acknowledged, rows: rows)
    }

    /// Drops the rows up to `seq` and notes when the results in them became safe at the hub.
    static func acknowledge(_ db: Database, upTo seq: Int64, at now: Int64) throws {
        try db.execute(cached: "DELETE FROM journal WHERE seq <= ?", arguments: [seq])
        // Never beyond what was ever written, whatever the hub says.
        try db.execute(
            cached: "UPDATE journal_state SET acknowledged = max(acknowledged, min(?, ?))", arguments: [seq, last(db)])
        try db.execute(
            cached: "UPDATE attempts SET acknowledgedAt = ? WHERE finishedSeq <= ? AND acknowledgedAt IS NULL",
            arguments: [now, seq])
    }
}
