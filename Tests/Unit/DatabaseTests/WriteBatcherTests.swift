import Database
import GRDB
import Synchronization
import TestKit
import Testing

@Suite("Group commit")
struct WriteBatcherTests {
    @Test("hundreds of concurrent writes share few commits and all take effect")
    func coalesces() async throws {
        try await withFolder { folder in
            let file = try Notes.open(folder)
            let commits = CommitCounter()
            file.writer.add(transactionObserver: commits, extent: .observerLifetime)
            try await holdingTheWriter(of: file, whileSubmitting: 400) { id in
                _ = try await file.write(Notes.insert(id))
            }
            #expect(try await file.read(Notes.count) == 400)
            #expect(commits.count.withLock { $0 } == 1)
            try await file.close()
        }
    }

    @Test("a write that throws undoes only itself, and alone sees its error")
    func isolation() async throws {
        struct Refused: Error {}
        let file = try DatabaseFile.inMemory(migrator: Notes.migrator)
        let failed = Mutex<[Int]>([])
        try await holdingTheWriter(of: file, whileSubmitting: 100) { id in
            do {
                _ = try await file.write { db in
                    _ = try Notes.insert(id)(db)
                    if id % 10 == 0 { throw Refused() }
                }
            } catch is Refused {
                failed.withLock { $0.append(id) }
            }
        }
        #expect(try await file.read(Notes.count) == 90)
        #expect(failed.withLock { $0.sorted() } == Array(stride(from: 0, to: 100, by: 10)))
    }

    @Test("a statement that breaks a rule fails with the database's error and leaves its neighbours alone")
    func constraint() async throws {
        let file = try DatabaseFile.inMemory(migrator: Notes.migrator)
        _ = try await file.write(Notes.insert(5))
        let errors = Mutex(0)
        try await holdingTheWriter(of: file, whileSubmitting: 10) { id in
            do {
                _ = try await file.write(Notes.insert(id))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                errors.withLock { $0 += 1 }
            }
        }
        #expect(errors.withLock { $0 } == 1)
        #expect(try await file.read(Notes.count) == 10)
    }

    @Test("writes take effect in the order in which they were submitted")
    func order() async throws {
        let file = try DatabaseFile.inMemory(migrator: Notes.migrator)
        for id in [3, 1, 2] {
            try await file.write { db in
                let next = try Notes.count(db)
                try db.execute(sql: "INSERT INTO notes (id, text) VALUES (?, ?)", arguments: [id, "\(next)"])
            }
        }
        let order = try await file.read { try Int.fetchAll($0, sql: "SELECT id FROM notes ORDER BY text") }
        #expect(order == [3, 1, 2])
    }

    @Test("a full queue refuses more, and takes more once it has drained")
    func bounded() async throws {
        let queue = try DatabaseQueue()
        try Notes.migrator.migrate(queue)
        let batcher = WriteBatcher(path: ":memory:", writer: queue, limit: 4)
        let gate = Gate()
        // The gate holds the writer, so what follows can only wait or be refused.
        queue.asyncWriteWithoutTransaction { _ in gate.wait() }
        try await withThrowingTaskGroup(of: Bool.self) { group throws in
            for id in 0..<10 {
                group.addTask {
                    do {
                        _ = try await batcher.perform(Notes.insert(id))
                        return true
                    } catch DatabaseFileError.queueFull(limit: 4) {
                        return false
                    }
                }
            }
            for _ in 0..<6 { #expect(try await group.next() == false) }
            gate.open()
            for _ in 0..<4 { #expect(try await group.next() == true) }
        }
        #expect(try await queue.read(Notes.count) == 4)
        #expect(try await batcher.perform(Notes.insert(99)) == 99)
    }

    @Test("closing finishes what was accepted and refuses what comes after")
    func closing() async throws {
        let file = try DatabaseFile.inMemory(migrator: Notes.migrator)
        async let accepted = file.write(Notes.insert(1))
        #expect(try await accepted == 1)
        try await file.close()
        await #expect(throws: DatabaseFileError.closed) { _ = try await file.write(Notes.insert(2)) }
    }

    /// Submits `count` writes while the writer is held, so that they meet in the queue.
    private func holdingTheWriter(
        of file: DatabaseFile, whileSubmitting count: Int, _ submit: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let gate = Gate()
        file.writer.asyncWriteWithoutTransaction { _ in gate.wait() }
        try await withThrowingTaskGroup { group in
            for id in 0..<count { group.addTask { try await submit(id) } }
            await gate.open(whenWaiting: count, in: file)
            try await group.waitForAll()
        }
    }
}

/// Counts the commits of a database.
final class CommitCounter: TransactionObserver, Sendable {
    let count = Mutex(0)

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { count.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
}
