import Daemon
import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("What this machine keeps of its tunnels")
struct LocalTunnelFileTests {
    private func repo(_ body: (TunnelRepo) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/capstan-repo-" + UUID().uuidString
        defer { Folder.remove(folder) }
        try body(TunnelRepo("web", .user, in: StateDirectory(path: folder)))
        Folder.remove(folder)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("Settings are YAML that is read back; what is damaged, foreign or unknown is said so")
    func settings() throws {
        try repo { repo in
            try repo.directory.create()
            #expect(try TunnelSettings.loadIfPresent(repo) == nil)
            let settings = TunnelSettings(
                name: "web", tunnel: "01J", project: "p: #1", credentialsHelper: "/opt/a b", context: nil,
                createdAt: "2026-01-01T00:00:00Z")
            try settings.save(in: repo)
            #expect(try TunnelSettings.load(repo) == settings)
            for text in ["name: other\ntunnel: x\n", "name: web\n", "name: web\ntunnel: x\nfoo: 1\n", "- a\n", "{", ""]
            {
                try AtomicFile.write(text, to: repo.directory.file(TunnelSettings.file))
                let failure = #expect(throws: Failure.self) { try TunnelSettings.load(repo) }
                #expect(failure?.exit == .malformed, "\(text)")
            }
        }
    }

    @Test("Stopped, Zombie, Degraded and Running follow from the lock, the PID file and what was told last")
    func states() throws {
        try repo { repo in
            try repo.directory.create()
            #expect(try TunnelState(repo).status == .stopped)
            try TunnelState.note(repo)
            let zombie = try TunnelState(repo)
            #expect(zombie.status == .zombie && zombie.pid == getpid() && !zombie.isAlive)
            let lock = try repo.lock()
            #expect(try TunnelState(repo).status == .degraded)
            var report = TunnelReport(
                id: "1", label: nil, endpoint: "tcp://127.0.0.1:1", url: nil, isVerified: true,
                startedAt: "2026-01-01T00:00:00Z")
            try report.write(repo)
            #expect(try TunnelState(repo).status == .running)
            report.isVerified = false
            try report.write(repo)
            #expect(try TunnelState(repo).status == .degraded)
            lock.release()
            #expect(try TunnelState(repo).status == .zombie)
            TunnelState.forget(repo)
            #expect(try TunnelState(repo).status == .stopped && TunnelState(repo).told == nil)
        }
    }

    @Test("A log is followed over a new file; a line that is not finished waits for its end")
    func logFile() throws {
        try repo { repo in
            try repo.directory.create()
            var file = LogFile(path: repo.logPath)
            #expect(try file.more().isEmpty)
            func append(_ text: String) throws {
                let sink = try RotatingFile(path: repo.logPath)
                #expect(sink.write(Array(text.utf8)))
            }
            try append("one\ntwo\nthr")
            #expect(try file.last(1) == ["two"])
            try append("ee\n")
            try FileManager.default.moveItem(atPath: repo.logPath, toPath: repo.logPath + ".1")
            try append("four\n")
            #expect(try file.more() == ["three", "four"])
            #expect(try file.more().isEmpty)
            var another = LogFile(path: repo.logPath)
            #expect(try another.last(3) == ["two", "three", "four"])
            var whole = LogFile(path: repo.logPath)
            #expect(try whole.last(nil) == ["four"])
        }
    }

    @Test("A line of the log in words; one that is no JSON as it is")
    func words() {
        let line = #"{"ts":"T","level":"info","label":"tunnel","msg":"tunnel_ready","url":"tcp://a:1","elapsedMs":5}"#
        #expect(LogLine.words(line) == "T info tunnel_ready url=tcp://a:1 elapsedMs=5")
        #expect(LogLine.words("no\u{1B}[31m json") == CellText.line("no\u{1B}[31m json"))
    }

    @Test(
        "Names lead nowhere else",
        arguments: ["", "-x", ".", "..", "../x", "a/b", "a b", "a\n", String(repeating: "a", count: 49)])
    func names(name: String) {
        #expect(!TunnelRepo.isName(name))
    }

    @Test(
        "A right is renewed five minutes before its end, or a fifth of its life where that is less",
        arguments: [(3_600_000, 3_300_000), (600_000, 480_000), (0, 0), (25 * 60_000, 20 * 60_000)] as [(Int64, Int64)])
    func renewal(life: Int64, expected: Int64) {
        #expect(TunnelPeer.time(toRenew: 1_000 + life, since: 1_000) == 1_000 + expected)
    }
}
