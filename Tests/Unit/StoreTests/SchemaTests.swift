import Foundation
import GRDB
import TestKit
import Testing

@testable import Store

@Suite("The store's schema")
struct SchemaTests {
    @Test("all migrations run on an empty database, and every table of ours is strict")
    func strict() async throws {
        let store = try HubStore.inMemory()
        let loose = try await store.read { tx in
            try String.fetchAll(
                tx.db,
                sql: """
                    SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0
                    AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
                    """)
        }
        #expect(loose.isEmpty)
        let applied = try await store.read { tx in
            try Int.fetchOne(tx.db, sql: "SELECT COUNT(*) FROM grdb_migrations")
        }
        #expect(applied == StoreMigrator.all.migrations.count)
    }

    @Test("a column refuses a value of another type, an unknown word and a missing parent")
    func rules() async throws {
        let store = try await Samples.store()
        for sql in [
            "UPDATE peers SET createdAt = 'soon'", "UPDATE peers SET state = 'gone'", "UPDATE peers SET labels = '[]'",
            "INSERT INTO peer_keys VALUES ('f', 'NOBODY', x'00', 1, NULL, NULL)",
        ] {
            let error = await #expect(throws: StoreError.self) {
                try await store.write { tx in try tx.db.execute(sql: sql) }
            }
            guard case .conflict = error else {
                Issue.record("\(sql): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("writing in a read is refused")
    func readOnly() async throws {
        let store = try await Samples.store()
        await #expect(throws: StoreError.self) { try await store.read { try $0.setMeta("a", to: "b") } }
        #expect(try await store.read { try $0.meta("a") } == nil)
    }

    @Test("everything is there after closing and opening again")
    func reopen() async throws {
        try await withFolder { folder in
            let first = try HubStore(path: folder + "/hub.db")
            try await first.write { tx in
                try tx.insertPeer(Samples.spoke("N1"), key: Samples.key("sha256:1", of: "N1"))
                _ = try tx.submit(Samples.workload("W1"))
                try tx.append(EventDraft(at: 1, kind: "hub.started", message: "started"))
                try tx.setMeta("hub", to: "x")
            }
            try await first.close()
            await #expect(throws: StoreError.closed) { try await first.write { try $0.setMeta("hub", to: "y") } }
            let second = try HubStore(path: folder + "/hub.db")
            try await second.read { tx throws in
                #expect(try tx.peer(fingerprint: "sha256:1")?.id == "N1")
                #expect(try tx.workload("W1") == Samples.workload("W1"))
                #expect(try tx.events(after: 0).events.map(\.kind) == ["hub.started"])
                #expect(try tx.meta("hub") == "x")
                #expect(try Int.fetchOne(tx.db, sql: "PRAGMA foreign_keys") == 1)
            }
            #expect(try await second.write { try Int.fetchOne($0.db, sql: "PRAGMA synchronous") } == 2)
            try await second.close()
        }
    }

    @Test("a file of an older release is migrated by its owner, and by nobody beside a running hub")
    func older() async throws {
        try await withFolder { folder in
            let path = folder + "/hub.db"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let queue = try DatabaseQueue(path: path)
            try StoreMigrator.all.migrate(queue, upTo: "0003 tokens")
            func applied() throws -> Set<String> {
                Set(try queue.read { try StoreMigrator.all.appliedIdentifiers($0) })
            }
            let error = #expect(throws: StoreError.self) { try HubStore(beside: path) }
            guard case .outdated(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.contains("older release"))
            #expect(try applied() == ["0001 settings", "0002 peers", "0003 tokens"])
            try queue.close()
            try await HubStore(path: path).close()
            try await HubStore(beside: path).close()
        }
    }

    @Test("a damaged file is refused with words that help")
    func damaged() async throws {
        try await withFolder { folder in
            let path = folder + "/hub.db"
            try await HubStore(path: path).close()
            try await overwrite(path)
            let error = #expect(throws: StoreError.self) { try HubStore(path: path) }
            guard case .unusable(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.contains("damaged") && text.contains("backup"))
        }
    }

    @Test("a full disk is its own error, and what was there stays")
    func diskFull() async throws {
        try await withFolder { folder in
            let store = try HubStore(path: folder + "/hub.db")
            try await store.write { tx in
                let pages = try Int.fetchOne(tx.db, sql: "PRAGMA page_count") ?? 0
                try tx.db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            await #expect(throws: StoreError.diskFull) {
                try await store.write { tx in
                    for number in 0..<10_000 { try tx.setMeta("key-\(number)", to: "a value of some length") }
                }
            }
            #expect(try await store.read { try $0.meta("key-0") } == nil)
            try await store.close()
        }
    }
}
