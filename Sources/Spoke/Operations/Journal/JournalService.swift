import CallProtocol
import GRDB
import Operations

/// Hands the journal to the hub and drops what the hub has.
struct JournalService: Sendable {
    let store: SpokeStore
    let configuration: SpokeConfiguration

    /// A batch at once, also an empty one, so that the hub learns epoch and place; then rows as they are committed.
    func watch(_ input: JournalWatchInput, to sink: OutputSink) async throws {
        try await renewIfRolledBack(input)
        var after = input.after
        var isFirst = true
        while true {
            let count = store.committed.count
            let place = after
            var batch = try await store.read { try JournalTable.batch($0, after: place) }
            if isFirst, batch.epoch != input.epoch, after > 0 {
                // Another journal's numbers mean nothing here.
                after = 0
                batch = try await store.read { try JournalTable.batch($0, after: 0) }
            }
            if isFirst || !batch.rows.isEmpty { try await sink.send(batch) }
            isFirst = false
            if let last = batch.rows.last { after = last.seq } else { try await store.committed.wait(after: count) }
        }
    }

    /// A hub that has more of this epoch than was ever written here knew this journal before a backup was restored, or
    /// knows one of which this is a copy: rows to come would have numbers that it takes for old ones.
    private func renewIfRolledBack(_ input: JournalWatchInput) async throws {
        let isBehind: @Sendable (Database) throws -> Bool = { db in
            try JournalTable.state(db).epoch == input.epoch && JournalTable.last(db) < input.after
        }
        guard try await store.read(isBehind) else { return }
        try await store.write { db in
            if try isBehind(db) { try JournalTable.renewEpoch(db) }
        }
    }

    func acknowledge(_ input: JournalAck) async throws {
        let now = configuration.now()
        try await store.write { db in
            let state = try JournalTable.state(db)
            guard state.epoch == input.epoch else {
                throw CallError(
                    .conflict, "the journal here has epoch \(state.epoch), not \(input.epoch): watch it from the start")
            }
            try JournalTable.acknowledge(db, upTo: input.upTo, at: now)
        }
    }
}
