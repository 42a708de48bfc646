import GRDB
import Testing

@testable import Store

@Suite("Applying a spoke's journal")
struct JournalTests {
    @Test("each row has its effect once, however often it comes")
    func once() async throws {
        let store = try await Samples.store()
        let first = try await apply(rows(1...3), in: store)
        #expect(first.applied == 3 && first.cursor.after == 3)
        let again = try await apply(rows(2...5), in: store)
        #expect(again.applied == 2 && again.repeated == 2 && again.cursor.after == 5)
        #expect(try await effects(in: store) == ["R1", "R2", "R3", "R4", "R5"])
    }

    @Test("another epoch starts at the beginning, and known ids have no second effect")
    func epoch() async throws {
        let store = try await Samples.store()
        _ = try await apply(rows(1...3), in: store)
        var moved = rows(2...3)
        moved[0].seq = 1
        moved[1].seq = 2
        let result = try await apply(
            moved + [JournalRow(id: "NEW", seq: 3, kind: "k", payload: "{}")], epoch: "e2", in: store)
        #expect(result.applied == 1 && result.repeated == 2)
        #expect(result.cursor == (try await store.read { try $0.journalCursor("N1") }))
        #expect(result.cursor.epoch == "e2" && result.cursor.after == 3)
        #expect(try await effects(in: store) == ["R1", "R2", "R3", "NEW"])
    }

    @Test("an empty batch of a new epoch sets the cursor to its beginning")
    func empty() async throws {
        let store = try await Samples.store()
        #expect(try await store.read { try $0.journalCursor("N1") } == nil)
        #expect(try await apply([], in: store).cursor.after == 0)
        #expect(try await store.read { try $0.journalCursor("N1")?.epoch } == "e1")
    }

    @Test("a row that can never be applied is set aside with an event, and blocks nothing")
    func dead() async throws {
        let store = try await Samples.store()
        let result = try await apply(
            rows(1...4), in: store,
            failing: [
                "R2": JournalRowRejected(reason: "no such state"), "R3": StoreError.conflict("final"),
            ])
        #expect(result.applied == 2 && result.dead == 2 && result.cursor.after == 4)
        #expect(try await effects(in: store) == ["R1", "R4"])
        try await store.read { tx throws in
            let dead = try String.fetchAll(
                tx.db, sql: "SELECT entryId FROM journal_seen WHERE nodeId = 'N1' AND dead = 1 ORDER BY seq")
            #expect(dead == ["R2", "R3"])
            let events = try tx.events(after: 0, filter: EventFilter(kinds: ["journal"])).events
            #expect(events.map(\.subject) == ["R2", "R3"])
            #expect(events.first?.message.contains("no such state") == true)
        }
    }

    @Test("any other error undoes the whole batch, so that nothing is acknowledged")
    func undone() async throws {
        struct Outage: Error {}
        let store = try await Samples.store()
        await #expect(throws: Outage.self) { _ = try await apply(rows(1...3), in: store, failing: ["R3": Outage()]) }
        #expect(try await effects(in: store).isEmpty)
        #expect(try await store.read { try $0.journalCursor("N1") } == nil)
        #expect(try await apply(rows(1...3), in: store).applied == 3)
    }

    @Test("a row of unknown kind is kept, counted and passed")
    func unknown() async throws {
        let store = try await Samples.store()
        let result = try await store.write { tx in
            try tx.applyJournal("N1", epoch: "e1", rows: [JournalRow(id: "U", seq: 1, kind: "x", payload: "{}")], at: 5)
            {
                _, _ in .unknownKind
            }
        }
        #expect(result.unknown == 1 && result.cursor.after == 1)
    }

    @Test("two spokes may use the same ids, and old dedupe rows go")
    func separate() async throws {
        let store = try await Samples.store()
        _ = try await apply(rows(1...2), in: store)
        #expect(try await apply(rows(1...2), of: "N2", in: store).applied == 2)
        #expect(try await store.write { try $0.pruneJournal(before: 6, limit: 3) } == 3)
        #expect(try await store.write { try $0.pruneJournal(before: 6, limit: 3) } == 1)
        #expect(try await apply(rows(1...2), in: store).repeated == 2)
    }

    private func rows(_ range: ClosedRange<Int64>) -> [JournalRow] {
        range.map { JournalRow(id: "R\($0)", seq: $0, kind: "attempt.finished", payload: "{}") }
    }

    /// Applies rows whose effect is an event with the row's id as subject.
    private func apply(
        _ rows: [JournalRow], of node: String = "N1", epoch: String = "e1", in store: HubStore,
        failing: [String: any Error] = [:]
    ) async throws -> JournalBatchResult {
        try await store.write { tx in
            try tx.applyJournal(node, epoch: epoch, rows: rows, at: 5) { tx, row in
                try tx.append(EventDraft(at: 5, kind: "effect", subject: row.id, message: ""))
                if let error = failing[row.id] { throw error }
                return .applied
            }
        }
    }

    private func effects(in store: HubStore) async throws -> [String?] {
        try await store.read { try $0.events(after: 0, filter: EventFilter(kinds: ["effect"])).events.map(\.subject) }
    }
}
