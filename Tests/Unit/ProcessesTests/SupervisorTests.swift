import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("A supervised program", .timeLimit(.minutes(3)))
struct SupervisorTests {
    @Test("has its output and its end recorded")
    func recorded() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            #expect(try SupervisorClient.inspect(session) == .absent)
            let start = try await supervise("echo out; echo err >&2; exit 3", session)
            guard case .started(let pid) = start else { return #expect(Bool(false), "\(start)") }
            #expect(pid > 1)
            let record = try await ended(session)
            #expect(record.exit == ProcessExit(code: 3) && record.reason == .none)
            #expect(text(try output(session)) == "out\n")
            #expect(text(try output(session, .stderr)) == "err\n")
            #expect(record.outputBytes == 8 && record.recordedBytes == 8 && record.gapBytes == 0)
            #expect(!record.truncated && !record.outputOpen && record.left == 0)
            #expect(record.startedMs > 0 && record.endedMs >= record.startedMs && record.maxRssBytes > 100_000)
            #expect(try SupervisorClient.inspect(session) == .exited(record))
        }
    }

    @Test("gets its environment, input and folder, and nothing else")
    func given() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            _ = try await supervise("", session) { spec in
                spec.process = ProcessSpec(
                    arguments: ["/bin/sh", "-c", "cat; pwd; /usr/bin/env; ls /proc/self/fd | tr '\\n' ' '"],
                    environment: ["SECRET": "hush", "PATH": "/usr/bin:/bin", "PWD": "/"], workingDirectory: "/usr")
                spec.input = Array("from stdin\n".utf8)
            }
            _ = try await ended(session)
            let said = text(try output(session))
            #expect(said.hasPrefix("from stdin\n/usr\n"))
            #expect(said.hasSuffix("0 1 2 3 "))
            let names = said.split(separator: "\n").filter { $0.contains("=") }.map { $0.prefix { $0 != "=" } }
            #expect(names.sorted() == ["PATH", "PWD", "SECRET"])
            // The secret travels through a pipe: it is in no file of the session.
            for name in try FileManager.default.contentsOfDirectory(atPath: session)
            where !["recording", "socket"].contains(name) {
                let content = try Data(contentsOf: URL(filePath: session + "/" + name))
                #expect(!String(decoding: content, as: UTF8.self).contains("hush"))
            }
        }
    }

    @Test("that ends by a signal says which")
    func signalled() async throws {
        try await withFolder { folder in
            _ = try await supervise("kill -SEGV $$", folder + "/s")
            #expect(try await ended(folder + "/s").exit.signal == SIGSEGV)
        }
    }

    @Test("that cannot be started is a session with an end of its own")
    func notStarted() async throws {
        try await withFolder { folder in
            var starts: [SupervisorStart] = []
            for (name, spec) in [
                ("a", ProcessSpec(arguments: ["no-such-program"], environment: [:])),
                ("b", ProcessSpec(arguments: ["/etc/passwd"], environment: [:])),
                ("c", shell("true", in: "/no/such/folder")),
            ] {
                starts.append(
                    try await SupervisorClient.start(
                        SupervisorSpec(process: spec), directory: folder + "/" + name,
                        executable: BuiltBinary.path()))
            }
            guard case .failed(127, _) = starts[0], case .failed(126, _) = starts[1], case .failed(126, _) = starts[2]
            else { return #expect(Bool(false), "\(starts)") }
            let a = try await ended(folder + "/a")
            let b = try await ended(folder + "/b")
            let c = try await ended(folder + "/c")
            #expect(a.reason == .launch && a.exit.code == 127 && a.launch == .notFound)
            #expect(a.error == "no-such-program: not found in PATH")
            #expect(b.exit.code == 126 && b.launch == .notExecutable)
            #expect(c.exit.code == 126 && c.launch == .badDirectory)
        }
    }

    @Test("is started once, however many start it at the same time")
    func once() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            let starts = try await withThrowingTaskGroup(of: SupervisorStart.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await supervise("echo ran >> \(folder)/runs; echo hello", session) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(starts.count { if case .started = $0 { true } else { false } } == 1)
            #expect(starts.count { $0 == .exists } == 49)
            _ = try await ended(session)
            #expect(try String(contentsOfFile: folder + "/runs", encoding: .utf8) == "ran\n")
            try await eventually {
                try FileManager.default.contentsOfDirectory(atPath: folder).count == 2
            }
        }
    }

    @Test("may live in a folder whose path is longer than a socket's may be")
    func longPath() async throws {
        try await withFolder { folder in
            let step = "/" + String(repeating: "d", count: 100)
            let deep = folder + String(repeating: step, count: 5)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            _ = try await supervise("read x; exit 9", deep + "/s")
            #expect(try await ended(deep + "/s").exit.code == 9)
            _ = try await supervise("sleep 60", deep + "/t")
            #expect(try await SupervisorClient.cancel(deep + "/t"))
            #expect(try await ended(deep + "/t").reason == .cancelled)
        }
    }

    @Test("its supervisor cannot make a session where there is no folder, and says so")
    func refused() async throws {
        try await withFolder { folder in
            _ = await #expect(throws: SupervisorError.self) { try await supervise("true", folder + "/none/s") }
        }
    }

    @Test("ten megabytes of output arrive in order and whole")
    func bulk() async throws {
        try await withFolder { folder in
            _ = try await supervise("seq 1 1300000", folder + "/s")
            let record = try await ended(folder + "/s")
            let bytes = try output(folder + "/s")
            #expect(record.outputBytes == UInt64(bytes.count) && bytes.count > 9_000_000)
            #expect(String(decoding: bytes, as: UTF8.self) == (1...1_300_000).map { "\($0)\n" }.joined())
        }
    }

    /// A sanitizer's own memory would be counted.
    private static let isSanitized = dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil

    @Test("its supervisor is small", .disabled(if: isSanitized))
    func memory() async throws {
        try await withFolder { folder in
            _ = try await supervise("head -c 5000000 /dev/zero; exec sleep 60", folder + "/s")
            try await eventually { try RecordingReader(path: folder + "/s/recording").length >= 5_000_000 }
            let pid = try supervisorPid(folder + "/s")
            let rollup = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
            let kilobytes = rollup.split(separator: "\n").filter { $0.hasPrefix("Private_") }
                .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }.reduce(0, +)
            // Of a debug build; the shipped one is smaller, and measured elsewhere.
            #expect(kilobytes < 14 * 1024)
            try await SupervisorClient.cancel(folder + "/s")
            _ = try await ended(folder + "/s")
        }
    }
}
