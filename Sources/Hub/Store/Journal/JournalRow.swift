/// A row of a spoke's journal, as it was pulled.
package struct JournalRow: Sendable, Equatable {
    /// ULID, made by the spoke: what deduplication goes by.
    package var id: String
    /// Its place in the spoke's journal, from 1.
    package var seq: Int64
    package var kind: String
    /// JSON.
    package var payload: String

    package init(id: String, seq: Int64, kind: String, payload: String) {
        self.id = id
        self.seq = seq
        self.kind = kind
        self.payload = payload
    }
}

/// How far a spoke's journal has been applied.
package struct JournalCursor: Sendable, Equatable {
    /// The journal's own random name; another one means another database on the spoke.
    package var epoch: String
    /// The last applied number; 0 at the beginning.
    package var after: Int64

    package init(epoch: String, after: Int64) {
        self.epoch = epoch
        self.after = after
    }
}

/// What applying a row came to.
package enum JournalVerdict: Sendable {
    /// Its effect is in this transaction.
    case applied
    /// Nobody here knows its kind: it is kept with its payload for a later release.
    case unknownKind
}

/// Thrown by the closure of `applyJournal` for a row that can never be applied; the rows behind it go on.
package struct JournalRowRejected: Error, Equatable {
    /// Why, for the event that tells of it.
    package var reason: String

    package init(reason: String) { self.reason = reason }
}

/// What became of a batch of rows.
package struct JournalBatchResult: Sendable, Equatable {
    /// Rows with an effect.
    package var applied = 0
    /// Rows that had been applied before.
    package var repeated = 0
    /// Rows of unknown kind, kept.
    package var unknown = 0
    /// Rows set aside as dead, each with an event.
    package var dead = 0
    /// Where the journal stands now; what may be acknowledged.
    package var cursor: JournalCursor
}
