import Database
import Foundation
import GRDB
import TestKit
import Testing

@Suite("A full disk")
struct DiskFullTests {
    @Test("is a typed error, undoes the write, and passes when there is room again")
    func typed() async throws {
        try await withFolder { folder in
            let file = try Notes.open(folder)
            try await limitPages(of: file, extra: 4)
            await #expect(throws: DatabaseFileError.diskFull(path: file.path)) {
                try await file.write { db in
                    _ = try Notes.insert(1)(db)
                    _ = try Notes.insert(2, String(repeating: "x", count: 200_000))(db)
                }
            }
            #expect(try await file.read(Notes.count) == 0)
            try await limitPages(of: file, extra: 1_000)
            _ = try await file.write(Notes.insert(2, String(repeating: "x", count: 200_000)))
            #expect(try await file.read(Notes.count) == 1)
            try await file.close()
        }
    }

    @Test("fails the write that is too large and keeps the small ones that shared its commit")
    func shared() async throws {
        try await withFolder { folder in
            let file = try Notes.open(folder)
            try await limitPages(of: file, extra: 8)
            let gate = Gate()
            file.writer.asyncWriteWithoutTransaction { _ in gate.wait() }
            let full = try await withThrowingTaskGroup(of: Bool.self) { group in
                for id in 0..<20 {
                    let text = id == 10 ? String(repeating: "x", count: 400_000) : "small"
                    group.addTask {
                        do {
                            _ = try await file.write(Notes.insert(id, text))
                            return false
                        } catch  where DatabaseFileError.isDiskFull(error) {
                            return true
                        }
                    }
                }
                await gate.open(whenWaiting: 20, in: file)
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(full == 1)
            #expect(try await file.read(Notes.count) == 19)
            try await file.close()
        }
    }

    @Test(
        "is recognised in the errors of every layer",
        arguments: [
            (DatabaseError(resultCode: .SQLITE_FULL) as any Error, true),
            (DatabaseError(resultCode: .SQLITE_BUSY), false),
            (POSIXError(.ENOSPC), true), (POSIXError(.EDQUOT), true), (POSIXError(.EACCES), false),
            (CocoaError(.fileWriteOutOfSpace), true), (CancellationError(), false),
            (DatabaseFileError.diskFull(path: "p"), true), (DatabaseFileError.closed, false),
        ])
    func recognised(error: any Error, isFull: Bool) {
        #expect(DatabaseFileError.isDiskFull(error) == isFull)
    }

    @Test("leaves a reserve that is held, given back and taken again")
    func reserve() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let reserve = ReserveFile(path: folder + "/reserve", size: 100_000)
            #expect(reserve.hold() && reserve.hold())
            let size = try FileManager.default.attributesOfItem(atPath: reserve.path)[.size] as? Int
            #expect(size == 100_000)
            reserve.release()
            #expect(!FileManager.default.fileExists(atPath: reserve.path))
            #expect(!ReserveFile(path: folder + "/missing/reserve").hold())
        }
    }

    @Test("leaves a reserve that is larger than the disk alone, and takes nothing for it")
    func tooLarge() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let reserve = DiskReserve(ReserveFile(path: folder + "/reserve", size: 1 << 55))
            #expect(!reserve.isHeld && !reserve.release())
            #expect(await reserve.restore() == false)
            let size = try FileManager.default.attributesOfItem(atPath: folder + "/reserve")[.size] as? Int
            #expect(size == 0)
        }
    }

    @Test("finds a reserve that is spent once and taken again")
    func spent() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let reserve = DiskReserve(ReserveFile(path: folder + "/reserve", size: 100_000))
            #expect(reserve.isHeld)
            #expect(reserve.release() && !reserve.release() && !reserve.isHeld)
            #expect(await reserve.restore() && reserve.isHeld)
        }
    }

    @Test("is over for all who ask for the reserve at once as soon as there is room for it")
    func askedAtOnce() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let reserve = DiskReserve(ReserveFile(path: folder + "/reserve", size: 4 << 20))
            for _ in 0..<20 {
                #expect(reserve.release())
                let held = await withTaskGroup { group in
                    for _ in 0..<8 { group.addTask { await reserve.restore() } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(held == Array(repeating: true, count: 8))
            }
        }
    }

    @Test("is over for who asks after there is room, though one that looked before is under way")
    func askedBeforeAndAfter() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let blocked = folder + "/reserve"
            for _ in 0..<50 {
                try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: false)
                let reserve = DiskReserve(ReserveFile(path: blocked, size: 4096))
                async let before = reserve.restore()
                try FileManager.default.removeItem(atPath: blocked)
                let after = await withTaskGroup { group in
                    for _ in 0..<8 { group.addTask { await reserve.restore() } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(after == Array(repeating: true, count: 8))
                _ = await before
                reserve.release()
            }
        }
    }

    /// Lets the database grow by `extra` pages at most; SQLite reports SQLITE_FULL beyond.
    private func limitPages(of file: DatabaseFile, extra: Int) async throws {
        try await file.writer.writeWithoutTransaction { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages + extra)")
        }
    }
}
