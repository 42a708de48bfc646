import Database
import Foundation
import GRDB
import TestKit
import Testing

@Suite("Opening a database file")
struct OpeningTests {
    @Test("the live writer keeps synchronous=FULL in WAL mode", arguments: [DatabaseFile.Profile.hub, .spoke])
    func durable(profile: DatabaseFile.Profile) async throws {
        try await withFolder { folder in
            let file = try Notes.open(folder, profile: profile)
            let pragmas = try await file.write { db in
                try ["synchronous", "foreign_keys", "journal_mode"].map {
                    try String.fetchOne(db, sql: "PRAGMA \($0)") ?? ""
                }
            }
            #expect(pragmas == ["2", "1", "wal"])
            try await file.close()
        }
    }

    @Test("file, journal and folder are for their owner alone")
    func modes() async throws {
        try await withFolder { folder in
            let file = try Notes.open(folder + "/deep")
            _ = try await file.write(Notes.insert(1))
            let modes = try ["", "/notes.db", "/notes.db-wal", "/notes.db-shm"].map { name in
                try FileManager.default.attributesOfItem(atPath: folder + "/deep" + name)[.posixPermissions] as? Int
            }
            #expect(modes == [0o700, 0o600, 0o600, 0o600])
            try await file.close()
        }
    }

    @Test("what was written is there after closing and opening again")
    func reopen() async throws {
        try await withFolder { folder in
            let first = try Notes.open(folder)
            _ = try await first.write(Notes.insert(7, "seven"))
            try await first.close()
            let second = try Notes.open(folder)
            let text = try await second.read { try String.fetchOne($0, sql: "SELECT text FROM notes WHERE id = 7") }
            #expect(text == "seven")
            try await second.close()
        }
    }

    @Test("a read that writes fails, and nothing of it stays", arguments: [DatabaseFile.Profile.hub, .spoke])
    func readOnly(profile: DatabaseFile.Profile) async throws {
        try await withFolder { folder in
            let file = try Notes.open(folder, profile: profile)
            let error = await #expect(throws: DatabaseError.self) { try await file.read(Notes.insert(1)) }
            #expect(error?.resultCode == .SQLITE_READONLY)
            #expect(try await file.read(Notes.count) == 0)
            _ = try await file.write(Notes.insert(2))
            #expect(try await file.read(Notes.count) == 1)
            try await file.close()
        }
    }

    @Test("a damaged truth refuses to start, says how to recover, and is left as it is")
    func corruptTruth() async throws {
        try await withFolder { folder in
            let damaged = try await damagedFile(folder)
            let error = #expect(throws: DatabaseFileError.self) { try Notes.open(folder) }
            guard case .corrupt(let path, _, let advice) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(path == folder + "/notes.db")
            #expect(advice.contains("backup") && advice.contains(".recover"))
            #expect(try Data(contentsOf: URL(filePath: path)) == damaged)
        }
    }

    @Test("a file that is no database at all is a damaged one")
    func notADatabase() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(repeating: 0x41, count: 9_000).write(to: URL(filePath: folder + "/notes.db"))
            let error = #expect(throws: DatabaseFileError.self) { try Notes.open(folder) }
            guard case .corrupt = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("a damaged cache is set aside and made again")
    func corruptCache() async throws {
        try await withFolder { folder in
            let damaged = try await damagedFile(folder)
            let file = try Notes.open(folder, role: .cache)
            #expect(try await file.read(Notes.count) == 0)
            #expect(try Data(contentsOf: URL(filePath: folder + "/notes.db.damaged-1")) == damaged)
            try await file.close()
        }
    }

    @Test("a database of a newer release is refused")
    func newer() async throws {
        try await withFolder { folder in
            var newer = Notes.migrator
            newer.registerMigration("0002") { db in try db.execute(sql: "CREATE TABLE later (id INTEGER) STRICT") }
            let path = folder + "/notes.db"
            try await DatabaseFile.open(path: path, migrator: newer, role: .truth, profile: .hub).close()
            #expect(throws: DatabaseFileError.newerVersion(path: path)) { try Notes.open(folder) }
        }
    }

    @Test("a folder that cannot be made is a clear error")
    func unusablePath() async throws {
        try await withFolder { folder in
            try Data().write(to: URL(filePath: folder + "/file"))
            let error = #expect(throws: DatabaseFileError.self) { try Notes.open(folder + "/file") }
            guard case .cannotOpen(_, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("notes.db"))
        }
    }

    /// A database whose pages after the first are overwritten; returns its bytes.
    private func damagedFile(_ folder: String) async throws -> Data {
        let file = try Notes.open(folder)
        try await file.write { db in for id in 0..<2_000 { _ = try Notes.insert(id, "some text")(db) } }
        try await file.close()
        let url = URL(filePath: folder + "/notes.db")
        var bytes = try Data(contentsOf: url)
        bytes.replaceSubrange(4_096..., with: Data(repeating: 0x5A, count: bytes.count - 4_096))
        try bytes.write(to: url)
        return bytes
    }
}
