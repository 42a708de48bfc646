import FoundationEssentials
package import GRDB

/// One SQLite database, opened, checked and migrated the one right way.
///
/// What every open file has: WAL journal, `synchronous=FULL` read back from the live writer (so that a commit that
/// returned survives a power cut), foreign keys enforced, a busy timeout, mode 0600, a `quick_check` behind it and
/// all migrations applied. Writes go through a `WriteBatcher`; nothing here blocks the calling thread except `open`,
/// which is for start-up.
package final class DatabaseFile: Sendable {
    /// What is lost when the file is.
    package enum Role: Sendable {
        /// The only copy of something promised: damage stops the start.
        case truth
        /// Can be made again: damage sets the file aside and starts an empty one.
        case cache
    }

    /// How much memory and how many connections the process can spare.
    package enum Profile: Sendable {
        /// Several readers beside the writer, caches of some MiB each.
        case hub
        /// One connection with half a MiB of cache; reads take turns with writes.
        case spoke
    }

    /// Where the file is, or `:memory:`.
    package let path: String
    /// GRDB's writer, for reads of special kinds; ordinary writes go through `write`.
    package let writer: any DatabaseWriter
    private let batcher: WriteBatcher

    init(path: String, writer: any DatabaseWriter, queueLimit: Int = WriteBatcher.defaultLimit) {
        self.path = path
        self.writer = writer
        self.batcher = WriteBatcher(path: path, writer: writer, limit: queueLimit)
    }

    /// Opens or makes the database at `path`; blocks, so call it before traffic starts.
    ///
    /// A missing folder is made with mode 0700; a folder that exists is left as it is.
    /// - Throws: `DatabaseFileError.corrupt` for a damaged truth, `.newerVersion` when a later release has migrated
    ///   the file, `.diskFull`, `.cannotOpen`, `.notDurable`.
    ///
    /// - Parameter mayMigrate: false where another process may have the file open: migrations are then not applied,
    ///   and a file that lacks some is refused with `.olderVersion`.
    package static func open(
        path: String, migrator: DatabaseMigrator, role: Role, profile: Profile, mayMigrate: Bool = true
    ) throws -> DatabaseFile {
        do {
            return try openOnce(path: path, migrator: migrator, profile: profile, mayMigrate: mayMigrate)
        } catch let error as DatabaseFileError {
            guard case .corrupt = error, role == .cache else { throw error }
            try PrivateFiles.setAside(path: path)
            return try openOnce(path: path, migrator: migrator, profile: profile, mayMigrate: mayMigrate)
        }
    }

    /// A database of the same schema that lives in memory, for tests.
    package static func inMemory(migrator: DatabaseMigrator) throws -> DatabaseFile {
        let queue = try DatabaseQueue(configuration: Connection.configuration(.hub))
        try migrator.migrate(queue)
        return DatabaseFile(path: ":memory:", writer: queue)
    }

    /// Runs `body` on a snapshot of the database, off the calling thread. Writes inside it fail, or are undone and make
    /// the whole of it fail.
    package func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        guard writer is DatabaseQueue else { return try await writer.read(body) }
        return try await writer.unsafeRead { db in try Connection.lookOnly(db, body) }
    }

    /// Runs `body` in a transaction and returns once it is durable. See `WriteBatcher.perform`.
    package func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await batcher.perform(body)
    }

    /// How many writes wait for their turn now.
    var waitingWrites: Int { batcher.waitingCount }

    /// Finishes the writes already accepted, refuses later ones with `.closed`, and closes the file.
    package func close() async throws {
        await batcher.close()
        let writer = writer
        try await offCooperativeThreads { try writer.close() }
    }

    private static func openOnce(
        path: String, migrator: DatabaseMigrator, profile: Profile, mayMigrate: Bool
    ) throws -> DatabaseFile {
        do {
            try PrivateFiles.prepare(path: path)
            let isComplete = try Connection.inspect(path: path, migrator: migrator)
            guard isComplete || mayMigrate else { throw DatabaseFileError.olderVersion(path: path) }
            let writer = try Connection.open(path: path, profile: profile)
            if mayMigrate { try migrator.migrate(writer) }
            try Connection.makeDurable(writer, path: path)
            return DatabaseFile(path: path, writer: writer)
        } catch let error as DatabaseFileError {
            throw error
        } catch {
            throw DatabaseFileError.opening(path: path, error)
        }
    }
}
