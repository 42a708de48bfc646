import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("The guard of programs", .timeLimit(.minutes(2)))
struct GuardTests {
    /// A helper that is told things by hand.
    private func helper() throws -> PipeProcess {
        try PipeProcess.start(ProcessSpec(arguments: [BuiltBinary.path(), "guard"], environment: [:]))
    }

    private func tell(_ helper: PipeProcess, _ numbers: Int32...) throws {
        let written = try numbers.withUnsafeBytes { try helper.writeNow($0) }
        #expect(written == .bytes(numbers.count * 4))
    }

    /// A program that has said something, so that it stands as its script says.
    private func ready(_ script: String) async throws -> PipeProcess {
        let process = try PipeProcess.start(shell(script))
        _ = try await process.read(.stdout)
        return process
    }

    @Test("ends what runs when its starter is gone, stopped or deaf to the first signal, with the whole group")
    func ends() async throws {
        let plain = try await ready("echo ready; sleep 60 & wait")
        let deaf = try await ready("trap '' HUP TERM; echo ready; while :; do sleep 1; done")
        let stopped = try await ready("echo ready; kill -STOP $$; sleep 60")
        let helper = try helper()
        try tell(helper, plain.pid, deaf.pid, stopped.pid)
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
        try tell(helper, program.pid, -program.pid, 0, 1, -1, .min)
        helper.closeStdin()
        #expect(await helper.exit().code == 0)
        #expect(isAlive(program.pid))
        let other = try self.helper()
        try tell(other, program.pid)
        let name = "/proc/\(other.pid)/comm"
        try await eventually { (try? String(contentsOfFile: name, encoding: .utf8)) == "capstan-guard\n" }
        other.signal(.terminate)
        other.signal(.hangUp)
        try await program.write(Array("\n".utf8))
        #expect(await program.exit().code == 3)
        try tell(other, -program.pid)
        other.closeStdin()
        #expect(await other.exit().code == 0)
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
