import CallProtocol
import Database
import Foundation
import GRDB
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct FullDiskTests {
    @Test("On a full disk an attempt is refused with nothing acknowledged, and a result waits until it can be written")
    func full() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("while [ ! -e \(folder)/go ]; do sleep 0.02; done; exit 5"))
                try await eventually { try await spoke.status("A1")?.state == "running" }
                try await fill(spoke)
                let refused = await refusal { try await spoke.start("A2", script("exit 0"), workload: "W2") }
                #expect(refused?.code == .resourceExhausted)
                #expect(refused?.message.contains("disk full on node-1") == true)
                try touch(folder + "/go")
                let exit = folder + "/sessions/A1/exit"
                try await eventually { FileManager.default.fileExists(atPath: exit) }
                // Given up for the result; the database still takes nothing.
                try await eventually { !spoke.services.store.holdsReserve }
                let before = try await spoke.status("A1")
                #expect(before?.state == "running")
                try await limitPages(spoke, 1 << 30)
                let ended = try await spoke.ended("A1")
                #expect(ended.exitCode == 5)
                let all = try await spoke.client.call(AttemptOperations.list, AttemptListInput()).attempts
                #expect(all.map(\.attempt) == ["A1"])
            }
        }
    }

    @Test("Without its reserve a spoke takes no new work and warns")
    func noReserve() async throws {
        try await withFolder { folder in
            // A folder where the reserve should be: it can never be held.
            try FileManager.default.createDirectory(atPath: folder + "/reserve", withIntermediateDirectories: false)
            try await withSpoke(folder) { spoke in
                let refused = await refusal { try await spoke.start("A1", script("exit 0")) }
                #expect(refused?.code == .resourceExhausted)
                let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput())
                let status = try await statuses.next()
                #expect(status?.warnings.contains { $0.contains("disk full") } == true)
                statuses.close()
            }
        }
    }

    @Test("As soon as there is room for its reserve again a spoke takes new work")
    func roomAgain() async throws {
        try await withFolder { folder in
            let blocked = folder + "/reserve"
            try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: false)
            try await withSpoke(folder) { spoke in
                let refused = await refusal { try await spoke.start("A1", script("exit 0")) }
                #expect(refused?.code == .resourceExhausted)
                try FileManager.default.removeItem(atPath: blocked)
                try await spoke.start("A1", script("exit 7"))
                let ended = try await spoke.ended("A1")
                #expect(ended.exitCode == 7)
            }
        }
    }

    @Test("Where no supervisor can be started, the attempt says that the machine is to blame and nothing ran")
    func noSupervisor() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) {
                $0.executable = "/bin/false"
            } _: { spoke in
                try await spoke.start("A1", script("exit 0"))
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed" && ended.notStarted == true && ended.exitCode == nil)
                try await spoke.start("A2", WorkloadSpec(cmd: ["a\0b"]), workload: "W2")
                let invalid = try await spoke.ended("A2")
                #expect(invalid.state == "failed" && invalid.notStarted == nil && invalid.exitCode == 126)
            }
        }
    }

    @Test("Where a supervisor finds no room, the attempt says that the disk is full, and where")
    func noRoomForSupervisor() async throws {
        try await withFolder { folder in
            let executable = folder + "/without-room"
            let script = "#!/bin/sh\ncat > /dev/null\necho 'refused make lock: No space left on device'\n"
            try Data(script.utf8).write(to: URL(filePath: executable))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: executable)
            try await withSpoke(folder) {
                $0.executable = executable
            } _: { spoke in
                try await spoke.start("A1", WorkloadSpec(cmd: ["true"]))
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed" && ended.notStarted == true)
                #expect(ended.reason?.hasPrefix("disk full on node-1: ") == true)
            }
        }
    }

    /// Lets the database grow no more and uses up what room it has.
    private func fill(_ spoke: Spoke) async throws {
        try await limitPages(spoke, 1)
        _ = try? await spoke.services.store.file.writer.writeWithoutTransaction { db in
            for size in [20_000, 4_000, 500, 50, 1] {
                do {
                    while true {
                        let junk = String(repeating: "x", count: size)
                        try db.execute(
                            sql: "INSERT INTO journal (id, kind, payload) VALUES (hex(randomblob(8)), ?, '{}')",
                            arguments: [junk])
                    }
                } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
                    continue
                }
            }
        }
    }

    /// SQLite never goes below the present number of pages.
    private func limitPages(_ spoke: Spoke, _ pages: Int) async throws {
        _ = try await spoke.services.store.file.writer.writeWithoutTransaction { db in
            try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
        }
    }
}
