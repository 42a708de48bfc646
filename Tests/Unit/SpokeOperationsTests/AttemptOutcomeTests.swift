import Operations
import Processes
import Testing

@testable import SpokeOperations

@Suite struct AttemptOutcomeTests {
    private func outcome(_ launch: ExitRecord.Launch) throws -> AttemptOutcome {
        let row = try AttemptRow(AttemptStart(attempt: "A1", workload: "W", generation: 1, spec: script("true")))
        var record = ExitRecord(exit: ProcessExit(code: 126), reason: .launch)
        record.launch = launch
        record.error = "sh: no"
        return AttemptOutcome(row, .exited(record), now: 1)
    }

    @Test("A program that the machine had no processes or memory for was not started, and has no code")
    func exhausted() throws {
        let outcome = try outcome(.exhausted)
        #expect(outcome.notStarted && outcome.exitCode == nil)
        #expect(outcome.state == "failed" && outcome.reason == "sh: no")
    }

    @Test(
        "A program that is not there, or cannot be executed, is the workload's own failure",
        arguments: [ExitRecord.Launch.notFound, .notExecutable, .badDirectory, .other])
    func own(_ launch: ExitRecord.Launch) throws {
        let outcome = try outcome(launch)
        #expect(!outcome.notStarted && outcome.exitCode == 126 && outcome.state == "failed")
    }
}
