import Foundation
import TestKit
import Testing

@Suite("exec on the real binary", .serialized)
struct ExecTests {
    @Test("output, error output and exit code are the program's own")
    func basics() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let result = try await fleet.run("exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
            #expect(result.code == 7)
            #expect(result.text == "out\n")
            #expect(result.err == "err\n")

            let killed = try await fleet.run("exec", "one", "--", "sh", "-c", "kill -9 $$")
            #expect(killed.code == 137)

            let missing = try await fleet.run("exec", "one", "--", "/no/such/program")
            #expect(missing.code == 127)
            #expect(missing.err.contains("/no/such/program"))

            let refused = try await fleet.run("exec", "one", "--", "/etc/hostname")
            #expect(refused.code == 126)
        }
    }

    @Test("1 GiB of binary stdin comes back intact, through little memory")
    func stdin() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let file = fleet.folder.appendingPathComponent("input")
            try await blocking { try Self.fill(file, mebibytes: 1024) }
            let digests = try fleet.shell(
                "sha256sum < '\(file.path)'; '\(BuiltBinary.path())' exec one -- cat < '\(file.path)' | sha256sum")
            let result = await digests.wait(seconds: 300)
            let lines = result.text.split(separator: "\n")
            #expect(result.code == 0, "\(result.err)")
            #expect(lines.count == 2 && lines.first == lines.last)
            #expect(try #require(fleet.hub).memory < 150 << 20)
            #expect(try #require(fleet.spokes["one"]).memory < 150 << 20)
        }
    }

    /// Bytes of every value, no two mebibytes the same, so that none can be missing, twice or in another's place.
    private static func fill(_ file: URL, mebibytes: Int) throws {
        var generator = SplitMix(state: 7)
        var bytes = Data(capacity: 1 << 20)
        while bytes.count < 1 << 20 { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let handle = try FileHandle(forWritingTo: file)
        for index in 0..<mebibytes {
            withUnsafeBytes(of: UInt64(index)) { bytes.replaceSubrange(0..<8, with: $0) }
            try handle.write(contentsOf: bytes)
        }
        try handle.close()
    }

    @Test("the first Ctrl-C goes to the program, and a cancelled call leaves no process behind")
    func interrupt() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let mark = "capstan-mark-\(UUID().uuidString)"
            let program = try fleet.start([
                "exec", "one", "--", "sh", "-c",
                "trap 'echo got it; exit 5' INT; echo ready; while :; do sleep 0.05; done",
            ])
            try await until("ready") { program.outputSoFar.contains("ready") }
            program.signal(SIGINT)
            let result = await program.wait(seconds: 20)
            #expect(result.code == 5)
            #expect(result.text.contains("got it"))

            let stubborn = try fleet.start([
                "exec", "one", "--", "sh", "-c",
                "trap '' HUP INT TERM; echo ready; while :; do sleep 0.05; done; echo \(mark)",
            ])
            try await until("ready") { stubborn.outputSoFar.contains("ready") }
            stubborn.signal(SIGKILL)
            _ = await stubborn.wait()
            try await until("the program's end", seconds: 20) { try await !fleet.anyProcess(with: mark) }
        }
    }

    @Test("a killed spoke takes its programs with it, though the first guard of them was killed before")
    func killedSpoke() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let marks = (0..<2).map { _ in "capstan-mark-\(UUID().uuidString)" }
            let scripts = ["echo ready; sleep 600", "trap '' HUP INT TERM; echo ready; while :; do sleep 0.05; done"]
            var calls: [Program] = []
            for (script, mark) in zip(scripts, marks) {
                let call = try fleet.start(["exec", "one", "--", "sh", "-c", script + "; echo " + mark])
                try await until("ready") { call.outputSoFar.contains("ready") }
                calls.append(call)
            }
            let spoke = try #require(fleet.spokes["one"]).pid
            let first = try #require(Machine.children(of: spoke, naming: "guard").first)
            kill(first, SIGKILL)
            try await until("another guard") {
                Machine.children(of: spoke, naming: "guard").contains { $0 != first }
            }
            try await fleet.killSpoke("one")
            for mark in marks {
                try await until("the program's end", seconds: 20) { try await !fleet.anyProcess(with: mark) }
            }
            for call in calls {
                call.signal(SIGKILL)
                _ = await call.wait()
            }
        }
    }

    @Test("every mistake has its code and a sentence that helps")
    func mistakes() async throws {
        try await Fleet.with(spokes: ["one", "two"]) { fleet in
            let unknown = try await fleet.run("exec", "nowhere", "--", "true")
            #expect(unknown.code == 2)
            #expect(unknown.err.contains("node list"))

            let list = try #require(try await fleet.run("node", "list", "-o", "json").json() as? [[String: Any]])
            let ids = list.compactMap { $0["id"] as? String }
            let prefix = ids[0].commonPrefix(with: ids[1])
            let ambiguous = try await fleet.run("exec", prefix, "--", "true")
            #expect(ambiguous.code == 2)
            #expect(ambiguous.err.contains("one") && ambiguous.err.contains("two"))

            let operation = try await fleet.run("call", "no/such", "-o", "json")
            #expect(operation.code == 2)
            #expect(operation.err.contains("NOT_FOUND"))

            let hidden = try await fleet.run("call", "attempt/list", "{}", "--node", "one", "-o", "json")
            #expect(hidden.code == 2)

            let malformed = try await fleet.run("call", "node/show", #"{"nod":"one"}"#, "-o", "json")
            #expect(malformed.code == 2)
            #expect(malformed.err.contains("node"))

            _ = await fleet.stopSpoke("two")
            try await until("two gone") {
                let result = try await fleet.run("exec", "two", "--", "true")
                return result.code == 69 && result.err.contains("last seen")
            }
            let fan = try await fleet.run("exec", "--label", "name", "--", "echo", "hi")
            #expect(fan.text.contains("one") && fan.text.contains("hi"))
            #expect(fan.err.contains("two"))
        }
    }
}

/// A small generator whose numbers are the same everywhere (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Fleet {
    /// Whether a process has this text among its arguments.
    func anyProcess(with text: String) async throws -> Bool {
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        return all.contains { pid in
            guard Int32(pid) != nil, let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
            else {
                return false
            }
            return line.contains(text)
        }
    }
}
