import Database
import GRDB

extension StoreTransaction {
    /// How far a spoke's journal has been applied; nil when nothing of it ever was.
    package func journalCursor(_ nodeId: String) throws -> JournalCursor? {
        try Row.fetchOne(
            db, cached: "SELECT epoch, after FROM journal_cursors WHERE nodeId = ?", arguments: [nodeId]
        ).map { JournalCursor(epoch: $0[0], after: $0[1]) }
    }

    /// Applies a batch of journal rows: effects, deduplication and cursor in this one transaction.
    ///
    /// On an epoch other than the kept one the cursor starts at 0; rows seen before, by id, have no second effect.
    /// A row whose `apply` throws `JournalRowRejected` or a `DecodingError`, or breaks a rule of the schema, is undone
    /// alone, kept as dead and told of by a `journal.dead` event. Any other error undoes the whole batch.
    /// - Parameters:
    ///   - at: unix milliseconds.
    ///   - apply: the effect of one row, on the transaction it is given.
    package func applyJournal(
        _ nodeId: String, epoch: String, rows: [JournalRow], at: Int64,
        apply: (StoreTransaction, JournalRow) throws -> JournalVerdict
    ) throws -> JournalBatchResult {
        let kept = try journalCursor(nodeId)
        let start = kept?.epoch == epoch ? kept?.after ?? 0 : 0
        var result = JournalBatchResult(cursor: JournalCursor(epoch: epoch, after: start))
        for row in rows {
            if try row.seq <= start || isSeen(row, by: nodeId) {
                result.repeated += 1
            } else {
                try applyOnce(row, from: nodeId, at: at, result: &result, apply: apply)
            }
            result.cursor.after = max(result.cursor.after, row.seq)
        }
        if result.cursor != kept { try keep(result.cursor, of: nodeId) }
        return result
    }

    /// Goes on behind rows that the spoke no longer has and this hub never saw.
    /// - Returns: the rows passed over; nil when nothing was missing, and then nothing is changed.
    package func skipJournal(_ nodeId: String, to cursor: JournalCursor) throws -> ClosedRange<Int64>? {
        let kept = try journalCursor(nodeId)
        let known = kept?.epoch == cursor.epoch ? kept?.after ?? 0 : 0
        guard known < cursor.after else { return nil }
        try keep(cursor, of: nodeId)
        return known + 1...cursor.after
    }

    private func keep(_ cursor: JournalCursor, of nodeId: String) throws {
        try db.execute(
            cached: """
                INSERT INTO journal_cursors (nodeId, epoch, after) VALUES (?, ?, ?)
                ON CONFLICT (nodeId) DO UPDATE SET epoch = excluded.epoch, after = excluded.after
                """,
            arguments: [nodeId, cursor.epoch, cursor.after])
    }

    /// Deletes at most `limit` dedupe rows applied before `before` (unix milliseconds); returns how many went.
    ///
    /// Keep more days than a spoke may keep rows that it has not had acknowledged under another epoch.
    @discardableResult
    package func pruneJournal(before: Int64, limit: Int = 500) throws -> Int {
        try deleteSome(from: "journal_seen", where: "at < ?", arguments: [before], order: "at", limit: limit)
    }

    private func isSeen(_ row: JournalRow, by nodeId: String) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM journal_seen WHERE nodeId = ? AND entryId = ?")
        return try Int.fetchOne(statement, arguments: [nodeId, row.id]) != nil
    }

    private func applyOnce(
        _ row: JournalRow, from nodeId: String, at: Int64, result: inout JournalBatchResult,
        apply: (StoreTransaction, JournalRow) throws -> JournalVerdict
    ) throws {
        var verdict = JournalVerdict.applied
        do {
            try db.inSavepoint {
                verdict = try apply(self, row)
                return .commit
            }
        } catch let error where error.isPermanent && db.isInsideTransaction {
            result.dead += 1
            try remember(row, from: nodeId, at: at, dead: true, keepPayload: true)
            try append(.dead(row, node: nodeId, reason: error.permanentReason, at: at))
            return
        }
        switch verdict {
        case .applied: result.applied += 1
        case .unknownKind: result.unknown += 1
        }
        try remember(row, from: nodeId, at: at, dead: false, keepPayload: verdict == .unknownKind)
    }

    private func remember(
        _ row: JournalRow, from nodeId: String, at: Int64, dead: Bool, keepPayload: Bool
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO journal_seen (nodeId, entryId, kind, seq, at, dead, payload)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(
            arguments: [nodeId, row.id, row.kind, row.seq, at, dead, keepPayload ? row.payload : nil])
    }
}

extension Error {
    /// Whether trying again would meet the same end: the row itself is at fault, not the moment.
    fileprivate var isPermanent: Bool {
        if let error = self as? DatabaseError { return error.resultCode == .SQLITE_CONSTRAINT }
        if let error = self as? StoreError {
            switch error {
            case .conflict, .notFound: return true
            case .diskFull, .overloaded, .closed, .outdated, .unusable: return false
            }
        }
        return self is JournalRowRejected || self is DecodingError
    }

    fileprivate var permanentReason: String {
        if let rejected = self as? JournalRowRejected { return rejected.reason }
        if let error = self as? DatabaseError { return error.message ?? "a rule of the schema forbids it" }
        return "\(self)"
    }
}

extension EventDraft {
    fileprivate static func dead(_ row: JournalRow, node: String, reason: String, at: Int64) -> EventDraft {
        EventDraft(
            at: at, kind: "journal.dead", severity: .error, node: node, subject: row.id,
            message: "journal row \(row.seq) (\(row.kind)) cannot be applied and was set aside: \(reason)")
    }
}
