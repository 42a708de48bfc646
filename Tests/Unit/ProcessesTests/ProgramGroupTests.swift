import Foundation
import TestKit
import Testing

@testable import Processes

@Suite("A program's control group", .timeLimit(.minutes(3)))
struct ProgramGroupTests {
    @Test("has its limits as the kernel reads them")
    func limits() async throws {
        try await withFolder { folder in
            let groups = ProgramGroups(ControlGroup(folder))
            let group = try groups.make("A", ProgramLimits(milliCPUs: 1500, memory: 64 << 20))
            #expect(group.text(of: "cpu.max") == "150000 100000")
            #expect(group.text(of: "memory.max") == "67108864")
            #expect(group.text(of: "memory.swap.max") == "0")
            #expect(group.text(of: "memory.oom.group") == "1")
            #expect(groups.limitAgain("A", .none))
            #expect(group.text(of: "cpu.max") == "max 100000")
            #expect(group.text(of: "memory.max") == "max")
            #expect(group.text(of: "memory.swap.max") == "max")
            #expect(groups.names == ["A"])
            #expect(!groups.limitAgain("B", .none))
            #expect(groups.names == ["A"])
        }
    }

    @Test(
        "gets no quota that the kernel does not take",
        arguments: [(1, "1000"), (10, "1000"), (11, "1100"), (4_096_000, "409600000"), (.max, "max")]
            as [(Int64, String)])
    func quota(milliCPUs: Int64, quota: String) {
        #expect(ProgramLimits(milliCPUs: milliCPUs).cpuMax == quota + " 100000")
    }

    @Test("has the program in it before it begins")
    func entered() async throws {
        try await withFolder { folder in
            let group = try plainGroup(folder)
            let members = group.file("cgroup.procs")
            _ = try await supervise("cat \(members); pwd; exit 4", folder + "/s") {
                $0.group = group
                $0.process.workingDirectory = folder
            }
            let record = try await ended(folder + "/s")
            #expect(record.exit.code == 4)
            #expect(text(try output(folder + "/s")) == "0\(folder)\n")
        }
    }

    // The upper half of the signals is real-time ones, of which the first two are the C library's own.
    @Test("starts the program as without one: its own session, default signals, three descriptors")
    func asWithout() async throws {
        try await withFolder { folder in
            let group = try plainGroup(folder)
            let script = """
                ls /proc/self/fd | wc -l; grep -E 'Sig(Blk|Ign)' /proc/self/status | sed 's/.*\\(.\\{8\\}\\)$/\\1/'
                [ "$(cut -d' ' -f6 /proc/$$/stat)" = $$ ] && echo leader; cat; echo bad >&2
                """
            func run(_ name: String, _ group: ControlGroup?) async throws -> String {
                _ = try await supervise(script, folder + "/" + name) {
                    $0.group = group
                    $0.input = Array("in\n".utf8)
                }
                _ = try await ended(folder + "/" + name)
                let (out, err) = (try output(folder + "/" + name), try output(folder + "/" + name, .stderr))
                return text(out) + text(err)
            }
            let (plain, grouped) = (try await run("p", nil), try await run("g", group))
            #expect(grouped == plain)
            #expect(plain.hasSuffix("leader\nin\nbad\n"))
        }
    }

    @Test("that cannot be entered keeps the program from starting, and the end says so")
    func notEntered() async throws {
        try await withFolder { folder in
            let start = try await supervise("touch \(folder)/ran", folder + "/s") {
                $0.group = ControlGroup(folder + "/none")
            }
            guard case .failed(126, let text) = start else { return #expect(Bool(false), "\(start)") }
            #expect(text.hasPrefix("enter the control group \(folder)/none: "))
            #expect(try await ended(folder + "/s").reason == .launch)
            #expect(!FileManager.default.fileExists(atPath: folder + "/ran"))
        }
    }

    @Test("does not hide why a program cannot be executed")
    func notExecuted() async throws {
        try await withFolder { folder in
            let group = try plainGroup(folder)
            let program = folder + "/program"
            try "#!/nowhere\n".write(toFile: program, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            let start = try await supervise("", folder + "/s") {
                $0.group = group
                $0.process.arguments = [program]
            }
            guard case .failed(126, let text) = start else { return #expect(Bool(false), "\(start)") }
            #expect(text.hasPrefix(program + ": "))
        }
    }

    @Test(
        "tells what was used, and whose memory was at its end",
        arguments: [
            ("oom 2\noom_kill 1\n", .limit), ("oom 0\noom_kill 1\n", .machine), ("oom 3\noom_kill 0\n", nil), ("", nil),
        ] as [(String, ExitRecord.OutOfMemory?)])
    func used(events: String, expected: ExitRecord.OutOfMemory?) async throws {
        try await withFolder { folder in
            let group = try plainGroup(folder)
            try group.write("usage_usec 30\nuser_usec 20\nsystem_usec 10\n", to: "cpu.stat")
            try group.write("123456\n", to: "memory.peak")
            try group.write(events, to: "memory.events")
            _ = try await supervise("kill -9 $$", folder + "/s") { $0.group = group }
            let record = try await ended(folder + "/s")
            #expect(record.exit.signal == 9 && record.reason == .none)
            #expect(record.utimeUs == 20 && record.stimeUs == 10 && record.maxRssBytes == 123_456)
            #expect(record.outOfMemory == expected)
            #expect(ExitRecord(text: record.text) == record)
        }
    }

    private func plainGroup(_ folder: String) throws -> ControlGroup {
        let group = ControlGroup(folder + "/group")
        try group.make()
        try group.write("", to: ControlGroup.members)
        return group
    }
}
