import Database
import GRDB

/// The hub's durable truth: peers, tokens, workloads, events, and what makes effects happen once.
///
/// Everything is done through a `StoreTransaction`, so any functions of it can be combined into one atomic step:
/// `try await store.write { try $0.finishWorkload(...); try $0.append(event) }`. A write that returned is durable.
/// Concurrent writes share commits; one that throws undoes only itself.
///
/// On a full disk only results are still written, into space that was kept back for them; everything else is refused as
/// `StoreError.diskFull` until that space could be taken again.
package final class HubStore: Sendable {
    private let file: DatabaseFile
    /// Nil in memory.
    private let reserve: DiskReserve?

    /// Opens or makes the database at `path` and applies migrations; blocks, so call it before traffic starts. Only
    /// for who holds the hub's lock: nobody else has the file open.
    ///
    /// Idempotency rows left `pending` by a process that died are dropped: their calls never answered.
    /// - Throws: `StoreError`; its text says how to recover from a damaged file or a newer release's.
    package convenience init(path: String) throws {
        do {
            self.init(
                file: try DatabaseFile.open(
                    path: path, migrator: StoreMigrator.all, role: .truth, profile: .hub),
                reserve: ReserveFile(path: path + ".reserve"))
            try file.writer.write { db in try StoreTransaction(db: db).dropPendingIdempotency() }
        } catch {
            throw StoreError(opening: error)
        }
    }

    /// Opens the database at `path` beside a hub that may be running: nothing of it is changed by that.
    /// - Throws: `StoreError.outdated` when the file lacks migrations, which only the hub's owner may apply; else as
    ///   ``init(path:)``.
    package convenience init(beside path: String) throws {
        do {
            self.init(
                file: try DatabaseFile.open(
                    path: path, migrator: StoreMigrator.all, role: .truth, profile: .hub, mayMigrate: false))
        } catch DatabaseFileError.olderVersion(let path) {
            throw StoreError.outdated("\(DatabaseFileError.olderVersion(path: path))")
        } catch {
            throw StoreError(opening: error)
        }
    }

    /// A store of the same schema in memory, for tests.
    package static func inMemory() throws -> HubStore {
        try HubStore(file: DatabaseFile.inMemory(migrator: StoreMigrator.all))
    }

    private init(file: DatabaseFile, reserve: ReserveFile? = nil) {
        self.file = file
        self.reserve = reserve.map(DiskReserve.init)
    }

    /// Runs `body` on a consistent snapshot; writing inside it fails.
    package func read<T: Sendable>(_ body: @Sendable (StoreTransaction) throws -> T) async throws -> T {
        do {
            return try await file.read { db in try body(StoreTransaction(db: db)) }
        } catch {
            throw StoreError.typed(error)
        }
    }

    /// Runs `body` in one transaction and returns its result once that is durable.
    ///
    /// `body` may run twice when a shared commit has to be undone, so it must have no effect outside the store.
    /// - Throws: what `body` threw, or `StoreError`; nothing of `body` has happened then.
    package func write<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws -> T {
        if let reserve, !reserve.isHeld, await !reserve.restore() { throw StoreError.diskFull }
        return try await commit(body)
    }

    /// The same for results of what happened already: on a full disk the space kept back for them is used.
    package func writeResult<T: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> T
    ) async throws -> T {
        do {
            return try await commit(body)
        } catch StoreError.diskFull where reserve != nil {
            // Whoever released it: there may be room now that was not there for this one's first try.
            reserve?.release()
            return try await commit(body)
        }
    }

    private func commit<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws -> T {
        do {
            return try await file.write { db in try body(StoreTransaction(db: db)) }
        } catch {
            throw StoreError.typed(error)
        }
    }

    /// Finishes accepted writes, refuses later ones and closes the file.
    package func close() async throws { try await file.close() }
}
