import CallProtocol
import Database
import Foundation
import GRDB
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct AttemptRecoveryTests {
    @Test("A program that outlives the spoke is found again and its end is told")
    func foundAgain() async throws {
        try await withFolder { folder in
            try await withSpoke(folder, endSessions: false) { spoke in
                try await spoke.start("A1", script("while [ ! -e \(folder)/go ]; do sleep 0.02; done; exit 5"))
                try await eventually { try await spoke.status("A1")?.state == "running" }
            }
            try await withSpoke(folder) { spoke in
                let found1 = try await spoke.status("A1")
                #expect(found1?.state == "running")
                try touch(folder + "/go")
                #expect(try await spoke.ended("A1").exitCode == 5)
            }
        }
    }

    @Test("What ended while the spoke was away is settled before the first link")
    func settled() async throws {
        try await withFolder { folder in
            try await withSpoke(folder, endSessions: false) { spoke in
                try await spoke.start("A1", script("while [ ! -e \(folder)/go ]; do sleep 0.02; done; exit 5"))
                try await eventually { try await spoke.status("A1")?.state == "running" }
            }
            try touch(folder + "/go")
            let exit = folder + "/sessions/A1/exit"
            try await eventually { FileManager.default.fileExists(atPath: exit) }
            let spoke = try Spoke(folder)
            try await spoke.services.recover()
            let found2 = try await spoke.status("A1")
            #expect(found2?.exitCode == 5)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("An attempt that was committed and never started is started after the restart")
    func startedLater() async throws {
        try await withFolder { folder in
            // Without `run` nothing is started: as if the process had died right after the commit.
            let dead = try Spoke(folder)
            try await dead.start("A1", script("exit 3"))
            await dead.services.shutdown(endSessions: false)
            try await withSpoke(folder) { spoke in
                let isSo = try await spoke.ended("A1").exitCode == 3
                #expect(isSo)
            }
        }
    }

    @Test("An attempt whose cancel was committed before it was started never starts")
    func neverStarted() async throws {
        try await withFolder { folder in
            let dead = try Spoke(folder)
            try await dead.start("A1", script("touch \(folder)/ran"))
            _ = try await dead.client.call(AttemptOperations.cancel, AttemptRef(attempt: "A1"))
            await dead.services.shutdown(endSessions: false)
            try await withSpoke(folder) { spoke in
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "cancelled")
                #expect(ended.receipt != nil)
                #expect(!FileManager.default.fileExists(atPath: folder + "/ran"))
            }
        }
    }

    @Test("A cancel that was committed before the attempt was followed is not forgotten")
    func cancelledBeforeFollowed() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let row = try AttemptRow(
                    AttemptStart(
                        attempt: "A1", workload: "W", generation: 1, spec: script("touch \(folder)/ran; sleep 60")))
                try await spoke.services.store.write { db in
                    try AttemptTable.insert(db, row, journal: "J1")
                    try AttemptTable.wishEnd(db, "A1", reason: "cancelled")
                }
                spoke.services.attempts.end("A1")
                spoke.services.attempts.follow("A1", ending: false)
                #expect(try await spoke.ended("A1").state == "cancelled")
                #expect(!FileManager.default.fileExists(atPath: folder + "/ran"))
            }
        }
    }

    @Test("Where the supervisor was killed the attempt has failed as supervisor_lost, and its program is gone")
    func supervisorLost() async throws {
        try await withFolder { folder in
            try await withSpoke(folder, endSessions: false) { spoke in
                try await spoke.start("A1", script("exec sleep 600"))
                try await eventually { try await spoke.status("A1")?.state == "running" }
                let started = try String(contentsOfFile: folder + "/sessions/A1/started", encoding: .utf8)
                @Sendable func number(_ key: String) -> Int32 {
                    let line = started.split(separator: "\n").first { $0.hasPrefix(key + "=") }
                    return line.flatMap { Int32($0.dropFirst(key.count + 1)) } ?? 0
                }
                #expect(kill(number("supervisor"), SIGKILL) == 0)
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed")
                #expect(ended.reason == "supervisor_lost")
                #expect(ended.receipt != nil)
                try await eventually { !isAlive(number("pid")) }
            }
        }
    }

    @Test("Stopping with the sessions ends every program")
    func endsSessions() async throws {
        try await withFolder { folder in
            try await withSpoke(folder, endSessions: true) { spoke in
                try await spoke.start("A1", script("echo $$ > \(folder)/pid; exec sleep 600"))
                try await eventually { try await spoke.status("A1")?.state == "running" }
                try await eventually { FileManager.default.fileExists(atPath: folder + "/pid") }
            }
            let text = try String(contentsOfFile: folder + "/pid", encoding: .utf8)
            let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(!isAlive(pid))
            let again = try Spoke(folder)
            #expect(try await again.status("A1")?.state == "cancelled")
            await again.services.shutdown(endSessions: false)
        }
    }

    @Test("A damaged journal refuses to start and says how to recover")
    func damaged() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            await spoke.services.shutdown(endSessions: false)
            let path = folder + "/spoke.db"
            try Data(repeating: 0x55, count: 4096).write(to: URL(filePath: path))
            do {
                _ = try Spoke(folder)
                Issue.record("it started")
            } catch let error as DatabaseFileError {
                guard case .corrupt(_, _, let advice) = error else { throw error }
                #expect(advice.contains("recover"))
            }
        }
    }
}
