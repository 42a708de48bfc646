import Foundation
import GRDB
import Synchronization
import TestKit
import Testing

@testable import Store

@Suite("The hub's reserve for a full disk")
struct ReserveTests {
    private func store(_ body: (HubStore, String) async throws -> Void) async throws {
        try await withFolder { folder in
            let store = try HubStore(path: folder + "/hub.db")
            try await body(store, folder + "/hub.db.reserve")
            try await store.close()
        }
    }

    @Test("four mebibytes are kept back beside the database, and only a result may spend them")
    func result() async throws {
        try await store { store, path in
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(size == 4 << 20)
            await #expect(throws: StoreError.diskFull) {
                try await store.write { _ in throw DatabaseError(resultCode: .SQLITE_FULL) }
            }
            #expect(FileManager.default.fileExists(atPath: path))
            let tries = Mutex(0)
            try await store.writeResult { tx in
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if number == 1 { throw DatabaseError(resultCode: .SQLITE_FULL) }
                try tx.setMeta("result", to: "kept")
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try await store.read { try $0.meta("result") } == "kept")
            // There is room: the next write takes the space again first.
            try await store.write { try $0.setMeta("more", to: "kept") }
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("while it is spent nothing new is written, and results still are")
    func spent() async throws {
        try await store { store, path in
            await #expect(throws: StoreError.diskFull) {
                try await store.writeResult { _ in throw DatabaseError(resultCode: .SQLITE_FULL) }
            }
            // Where the space cannot be taken again: something else stands in its place.
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            await #expect(throws: StoreError.diskFull) { try await store.write { try $0.setMeta("new", to: "x") } }
            try await store.writeResult { try $0.setMeta("result", to: "kept") }
            #expect(try await store.read { try $0.meta("new") } == nil)
            try FileManager.default.removeItem(atPath: path)
            try await store.write { try $0.setMeta("new", to: "x") }
            #expect(try await store.read { try $0.meta("result") } == "kept")
        }
    }

    @Test("a result that found the disk full while another spent the reserve is tried again too")
    func second() async throws {
        try await store { store, _ in
            await #expect(throws: StoreError.diskFull) {
                try await store.writeResult { _ in throw DatabaseError(resultCode: .SQLITE_FULL) }
            }
            let tries = Mutex(0)
            try await store.writeResult { tx in
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if number == 1 { throw DatabaseError(resultCode: .SQLITE_FULL) }
                try tx.setMeta("result", to: "kept")
            }
            #expect(try await store.read { try $0.meta("result") } == "kept")
        }
    }
}
