import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("The guard of programs", .timeLimit(.minutes(2)))
struct GuardTests {
    /// A helper that is told things by hand.
    private func helper() throws -> ChildProcess {
        try ChildProcess.start(ProcessSpec(arguments: [BuiltBinary.path(), "guard"], environment: [:]))
    }

    private func tell(_ helper: ChildProcess, _ notes: GuardNote...) throws {
        try tell(helper, bytes: notes.flatMap(\.bytes))
    }

    private func tell(_ helper: ChildProcess, bytes: [UInt8]) throws {
        let written = try bytes.withUnsafeBytes { try helper.writeNow($0) }
        #expect(written == .bytes(bytes.count))
    }

    /// The number of the pipe that is a program's standard output.
    private func pipe(of program: ChildProcess) throws -> UInt64 {
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(program.pid)/fd/1")
        return try #require(UInt64(link.drop { !$0.isNumber }.prefix { $0.isNumber }))
    }

    /// A program that has said something, so that it stands as its script says.
    private func ready(_ script: String) async throws -> ChildProcess {
        let process = try ChildProcess.start(shell(script))
        _ = try await process.read(.stdout)
        return process
    }

    @Test("ends what runs when its starter is gone, stopped or deaf to the first signal, with the whole group")
    func ends() async throws {
        let plain = try await ready("echo ready; sleep 60 & wait")
        let deaf = try await ready("trap '' HUP TERM; echo ready; while :; do sleep 1; done")
        let stopped = try await ready("echo ready; kill -STOP $$; sleep 60")
        let helper = try helper()
        try tell(
            helper, GuardNote(1, .runs(pid: plain.pid)), GuardNote(2, .runs(pid: deaf.pid)),
            GuardNote(3, .runs(pid: stopped.pid)))
        helper.closeStdin()
        #expect(await plain.exit().signal == SIGHUP)
        #expect(await stopped.exit().signal == SIGHUP)
        #expect(await deaf.exit().signal == SIGKILL)
        #expect(await helper.exit().code == 0)
    }

    @Test("leaves alone what was taken back, what is no program, and everything while its starter lives")
    func spares() async throws {
        let program = try await ready("echo ready; read x; exit 3")
        let helper = try helper()
        try tell(
            helper, GuardNote(1, .starts(pipe: try pipe(of: program))), GuardNote(1, .runs(pid: program.pid)),
            GuardNote(1, .isOver), GuardNote(2, .starts(pipe: try pipe(of: program))), GuardNote(2, .isOver))
        for pid: Int32 in [1, -program.pid, .min] {
            try tell(helper, bytes: GuardNote(3, .runs(pid: pid)).bytes)
        }
        helper.closeStdin()
        #expect(await helper.exit().code == 0)
        #expect(isAlive(program.pid))
        let other = try self.helper()
        try tell(other, GuardNote(1, .runs(pid: program.pid)))
        let name = "/proc/\(other.pid)/comm"
        try await eventually { (try? String(contentsOfFile: name, encoding: .utf8)) == "capstan-guard\n" }
        other.signal(.terminate)
        other.signal(.hangUp)
        try await program.write(Array("\n".utf8))
        #expect(await program.exit().code == 3)
        try tell(other, GuardNote(1, .isOver))
        other.closeStdin()
        #expect(await other.exit().code == 0)
    }

    @Test("finds a program whose start was told and not that it runs, and gives up one that was never started")
    func begun() async throws {
        let program = try await ready("echo ready; sleep 60 & wait")
        let helper = try helper()
        try tell(
            helper, GuardNote(1, .starts(pipe: try pipe(of: program))), GuardNote(2, .starts(pipe: 1)),
            GuardNote(3, .starts(pipe: 0)))
        helper.closeStdin()
        #expect(await program.exit().signal == SIGHUP)
        #expect(await helper.exit().code == 0)
    }

    @Test("its notes are read as they were written, and those that name no program not at all")
    func notes() {
        let notes: [GuardNote] = [
            GuardNote(1, .starts(pipe: 77)), GuardNote(1, .runs(pid: 5)), GuardNote(.max, .isOver),
        ]
        #expect(notes.map { GuardNote(bytes: $0.bytes) } == notes)
        for pid: Int32 in [1, -2, .min] { #expect(GuardNote(bytes: GuardNote(1, .runs(pid: pid)).bytes) == nil) }
        #expect(GuardNote(bytes: [0, 1]) == nil)
    }

    @Test("does not take a stranger with a program's number for it")
    func stranger() async throws {
        let program = try await ready("echo ready; read x")
        #expect(!GuardedProgram(pid: program.pid, ticks: 1).signal(SIGKILL))
        #expect(GuardedProgram(pid: program.pid).signal(0))
        #expect(isAlive(program.pid))
        await program.terminate(grace: .zero)
    }
}
