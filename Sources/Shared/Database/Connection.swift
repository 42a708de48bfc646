import GRDB

/// How connections are configured, opened and checked.
enum Connection {
    /// SQLite's number for `synchronous=FULL` (https://www.sqlite.org/pragma.html#pragma_synchronous).
    static let synchronousFull = 2

    /// The configuration of every connection of a profile.
    static func configuration(_ profile: DatabaseFile.Profile) -> Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.journalMode = .wal
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            // Negative cache sizes are KiB.
            switch profile {
            case .hub: try db.execute(sql: "PRAGMA cache_size = \(db.configuration.readonly ? -4_096 : -16_384)")
            case .spoke:
                try db.execute(sql: "PRAGMA cache_size = -512")
                // What an attempt was given to keep, passwords among it, is gone with the row.
                try db.execute(sql: "PRAGMA secure_delete = ON")
            }
            guard !db.configuration.readonly else { return }
            // A burst may grow the WAL; after a checkpoint it shrinks to this many bytes again.
            let limit = profile == .hub ? 64 << 20 : 4 << 20
            try db.execute(sql: "PRAGMA journal_size_limit = \(limit)")
        }
        return configuration
    }

    /// Opens a pool for a hub and a single connection for a spoke.
    static func open(path: String, profile: DatabaseFile.Profile) throws -> any DatabaseWriter {
        switch profile {
        case .hub: try DatabasePool(path: path, configuration: configuration(profile))
        case .spoke: try DatabaseQueue(path: path, configuration: configuration(profile))
        }
    }

    /// Runs `body` in a transaction that is never committed, on the one connection that reads and writes.
    ///
    /// GRDB would forbid writing by a pragma before and allow it again after, and SQLite compiles every statement anew
    /// once such a pragma was set (https://www.sqlite.org/src/file/src/pragma.c, `OP_Expire`).
    /// - Throws: what `body` threw, or `SQLITE_READONLY` when it wrote.
    static func lookOnly<T>(_ db: Database, _ body: (Database) throws -> T) throws -> T {
        let changes = db.totalChangesCount
        var result: Result<T, any Error>?
        try db.inTransaction(.deferred) {
            result = Result { try body(db) }
            return .rollback
        }
        guard let result, db.totalChangesCount == changes else {
            throw DatabaseError(resultCode: .SQLITE_READONLY, message: "a read has written, which was undone")
        }
        return try result.get()
    }

    /// Looks at an existing file before anything may write to it.
    ///
    /// On a connection of its own that only reads: opening for writing would already change a damaged file, or one
    /// of a newer release, that is then refused.
    /// - Returns: whether all migrations have been applied.
    /// - Throws: `.corrupt` with SQLite's first complaint, `.newerVersion`.
    static func inspect(path: String, migrator: DatabaseMigrator) throws -> Bool {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let reader = try DatabaseQueue(path: path, configuration: configuration)
        let (verdict, isNewer, isComplete) = try reader.read { db in
            let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
            guard verdict == "ok" else { return (verdict, false, false) }
            return (verdict, try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
        }
        try reader.close()
        guard verdict == "ok" else {
            throw DatabaseFileError.corruptFile(path: path, detail: verdict ?? "quick_check gave no answer")
        }
        guard !isNewer else { throw DatabaseFileError.newerVersion(path: path) }
        return isComplete
    }

    /// Sets `synchronous=FULL` on the live writer and reads it back.
    ///
    /// This comes after opening because GRDB turns the setting to NORMAL when it switches to WAL, and NORMAL loses
    /// the last commits in a power cut.
    static func makeDurable(_ writer: any DatabaseWriter, path: String) throws {
        let level = try writer.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard level == synchronousFull else {
            throw DatabaseFileError.notDurable(path: path, synchronous: level ?? -1)
        }
    }
}
