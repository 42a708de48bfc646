import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("Ending a program", .timeLimit(.minutes(2)))
struct ChildProcessEndingTests {
    @Test("kills one that ignores the first signal, after the grace")
    func stubborn() async throws {
        let process = try ChildProcess.start(shell("trap '' TERM HUP; echo ready; while :; do sleep 1; done"))
        _ = try await process.read(.stdout)
        let exit = await process.terminate(signal: .terminate, grace: .milliseconds(100))
        #expect(exit.signal == SIGKILL)
    }

    @Test("reaches the whole process group, also when the leader ends first")
    func group() async throws {
        let process = try ChildProcess.start(
            shell("(trap '' HUP; echo $(exec sh -c 'echo $PPID'); while :; do sleep 1; done) & read x"))
        let line = text(try #require(try await process.read(.stdout)))
        let descendant = try #require(Int32(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(isAlive(descendant))
        await process.terminate(grace: .milliseconds(200))
        try await eventually { !isAlive(descendant) }
    }

    @Test("works inside a cancelled task")
    func cancelled() async throws {
        let process = try ChildProcess.start(shell("sleep 30"))
        let ending = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await process.terminate(signal: .terminate, grace: .seconds(10))
        }
        #expect(await ending.value.signal == SIGTERM)
    }

    @Test("does not wait for the grace when nothing is left")
    func prompt() async throws {
        let process = try ChildProcess.start(shell("sleep 30"))
        let begin = ContinuousClock.now
        await process.terminate(grace: .seconds(60))
        #expect(ContinuousClock.now - begin < .seconds(20))
    }

    @Test("leaves no zombie once the object is let go, though nobody asked for the exit")
    func reaped() async throws {
        let pid = try ChildProcess.start(shell("exit 0")).pid
        try await eventually { !isInTable(pid) }
    }

    @Test("keeps the group's number while the object is held, so that a late signal is safe")
    func held() async throws {
        let process = try ChildProcess.start(shell("exit 0"))
        _ = await process.exit()
        #expect(isInTable(process.pid))
        #expect(process.signal(.terminate))
        withExtendedLifetime(process) {}
    }

    @Test("200 at once all end and are told apart")
    func many() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    let process = try ChildProcess.start(shell("echo $1; exit $(($1 % 200))", String(index)))
                    let output = text(try await readAll(process))
                    return await process.exit().code == Int32(index % 200) && output == "\(index)\n"
                }
            }
            for try await right in group { #expect(right) }
        }
    }
}
