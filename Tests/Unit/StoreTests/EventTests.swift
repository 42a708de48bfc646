import Store
import Testing

@Suite("The event log")
struct EventTests {
    @Test("pages follow a cursor and lose nothing")
    func paging() async throws {
        let store = try await filled(25)
        var cursor: Int64 = 0
        var seen: [Int64] = []
        repeat {
            let page = try await store.read { [cursor] in try $0.events(after: cursor, limit: 10) }
            seen += page.events.map(\.seq)
            cursor = page.next
            if cursor == page.latest { break }
        } while true
        #expect(seen == Array(1...25))
    }

    @Test("a filter goes by beginnings at a dot and by node, and the cursor moves past what does not match")
    func filter() async throws {
        let store = try await filled(0)
        try await store.write { tx in
            for (kind, node) in [("peer.enrolled", "N1"), ("peers.x", "N1"), ("peer", "N2"), ("workload.ended", "N2")] {
                try tx.append(EventDraft(at: 1, kind: kind, node: node, message: ""))
            }
        }
        try await store.read { tx in
            let peer = try tx.events(after: 0, filter: EventFilter(kinds: ["peer"]))
            #expect(peer.events.map(\.kind) == ["peer.enrolled", "peer"])
            #expect(peer.next == 4)
            let both = EventFilter(kinds: ["peer", "workload"], node: "N2")
            #expect(try tx.events(after: 0, filter: both).events.map(\.seq) == [3, 4])
            #expect(try tx.recentEvents(filter: EventFilter(node: "N1"), limit: 1).events.map(\.seq) == [2])
            #expect(try tx.events(after: 99).next == 99)
        }
    }

    @Test("an event in a write that fails is not in the log")
    func atomic() async throws {
        let store = try await filled(1)
        await #expect(throws: StoreError.self) {
            try await store.write { tx in
                try tx.append(EventDraft(at: 1, kind: "a", message: ""))
                try tx.setRole("NOBODY", to: "x")
            }
        }
        #expect(try await store.read { try $0.latestEvent() } == 1)
    }

    @Test("retention deletes by age and by number in small steps, and numbers are never used again")
    func retention() async throws {
        let store = try await filled(25)
        let byAge = try await store.trimEvents(now: 1_010, retention: .init(age: 1_000), batch: 3)
        #expect(byAge == 9)
        let byCount = try await store.trimEvents(now: 0, retention: .init(age: 1_000, count: 5), batch: 3)
        #expect(byCount == 11)
        #expect(try await store.read { try $0.oldestEvent() } == 21)
        #expect(try await store.trimEvents(now: 1_000_000, retention: .init(age: 1)) == 5)
        let next = try await store.write { try $0.append(EventDraft(at: 1, kind: "a", message: "")) }
        #expect(next == 26)
        #expect(try await store.read { try $0.events(after: 0).events.map(\.seq) } == [26])
    }

    @Test("a time becomes the cursor before its first event")
    func since() async throws {
        let store = try await filled(25)
        #expect(try await store.read { try $0.eventCursor(since: 11) } == 10)
        #expect(try await store.read { try $0.eventCursor(since: 99) } == 25)
    }

    @Test("the newest that match are found a stretch at a time, and no stretch is longer than it may be")
    func tail() async throws {
        let store = try await filled(0)
        try await store.write { tx in
            for number in 0..<100 {
                try tx.append(EventDraft(at: 1, kind: number % 40 == 0 ? "rare" : "common", message: ""))
            }
        }
        var (found, looks): ([Int64], Int) = ([], 0)
        var next: Int64?
        repeat {
            let tail = try await store.read { [found, next] in
                try $0.recentEvents(
                    before: next, filter: EventFilter(kinds: ["rare"]), limit: 2 - found.count, scan: 30)
            }
            #expect(tail.latest == 100)
            found = tail.events.map(\.seq) + found
            next = tail.next
            looks += 1
        } while next != nil
        #expect(found == [41, 81] && looks == 2)
        let none = try await store.read { try $0.recentEvents(filter: EventFilter(kinds: ["no"]), limit: 1, scan: 200) }
        #expect(none.events.isEmpty && none.next == nil)
    }

    /// A store whose event n has the time n.
    private func filled(_ count: Int64) async throws -> HubStore {
        let store = try HubStore.inMemory()
        try await store.write { tx in
            for number in 0..<count { try tx.append(EventDraft(at: number + 1, kind: "test.event", message: "")) }
        }
        return store
    }
}
