import Operations
import Testing

@testable import capstan

@Suite("Following a workload")
struct FollowingTests {
    typealias Sample = WorkloadSpecSample

    @Test(
        "run exits with the program's code, and never with 0 for what did not succeed",
        arguments: [
            ("succeeded", 0, 0), ("failed", 7, 7), ("failed", 0, 1), ("failed", nil, 1), ("cancelled", 143, 130),
            ("lost", nil, 1), ("failed", 137, 137),
        ] as [(String, Int?, Int32)])
    func codes(state: String, exitCode: Int?, code: Int32) {
        #expect(Sample.view(state: state, exitCode: exitCode).processCode == code)
    }

    @Test("What is not the program's own end is said")
    func complaints() {
        #expect(Sample.view(state: "succeeded", exitCode: 0).complaint == nil)
        #expect(Sample.view(state: "failed", exitCode: 3).complaint == nil)
        #expect(Sample.view(state: "failed", reason: "time limit").complaint == "train failed: time limit")
        #expect(Sample.view(state: "failed", exitCode: 127, reason: "no such program").complaint != nil)
        #expect(
            Sample.view(state: "failed", exitCode: 143, reason: "time_limit").complaint
                == "train failed: its time limit was over")
        #expect(Sample.view(state: "cancelled", reason: "cancelled").complaint == "train was cancelled")
        var killed = Sample.view(state: "failed", exitCode: 137)
        killed.signal = "KILL"
        #expect(killed.complaint == "train was ended by SIGKILL")
        #expect(Sample.view(state: "lost").complaint == "train was lost")
    }

    @Test("A limit is named with its amount, and a node's own words are left as they are")
    func reasons() {
        var spec = WorkloadSpec(cmd: ["true"])
        spec.timeLimitMs = 1_000
        #expect(EndReason.sentence("time_limit", of: spec) == "its time limit of 1s was over")
        #expect(EndReason.sentence("supervisor_lost", of: spec) == "its supervisor was killed")
        #expect(EndReason.sentence("no such program", of: spec) == "no such program")
        #expect(EndReason.sentence(nil, of: spec) == nil)
    }

    @Test("Output that was cut is told of")
    func cut() {
        var attempt = Sample.attempt(1, state: "succeeded")
        #expect(Sample.view(state: "succeeded", attempts: [attempt]).cutNotices.isEmpty)
        attempt.logTruncated = true
        attempt.logBytes = 1
        #expect(Sample.view(state: "succeeded", attempts: [attempt]).cutNotices.count == 1)
    }

    @Test("Missing output is waited for from the end of the attempt on, however silent it was before")
    func patience() {
        var patience = OutputPatience(limit: .seconds(15), lostLimit: .seconds(1))
        let end = ContinuousClock.now
        func isOver(_ after: Int, idle: Int, hasEnded: Bool = true, isLost: Bool = false) -> Bool {
            patience.isOver(
                hasEnded: hasEnded, isLost: isLost, idle: .seconds(idle), at: end.advanced(by: .seconds(after)))
        }
        let silent = isOver(-5, idle: 20, hasEnded: false)
        let (first, later, moved, last) = (
            isOver(0, idle: 25), isOver(14, idle: 39), isOver(16, idle: 2), isOver(16, idle: 41)
        )
        #expect(!silent && !first && !later && !moved && last)
        let lost = isOver(2, idle: 41, isLost: true)
        #expect(lost)
    }

    @Test("Changes are told once, with where and why")
    func notices() {
        let queued = Sample.view(state: "queued")
        let why = Sample.view(state: "queued", reason: "no node has gpu=true")
        #expect(why.notice(after: queued) == "queued: no node has gpu=true")
        #expect(why.notice(after: why) == nil)
        let running = Sample.view(state: "running", attempts: [Sample.attempt(1, state: "running")])
        #expect(running.notice(after: why) == "running on gpu-1")
        #expect(running.notice(after: running) == nil)
        let unknown = Sample.view(state: "running", attempts: [Sample.attempt(1, state: "running", unknown: true)])
        #expect(unknown.notice(after: running) == "gpu-1 is offline; waiting for its return")
        #expect(running.notice(after: unknown) == "gpu-1 is back")
        let again = Sample.view(
            state: "running",
            attempts: [Sample.attempt(1, state: "lost"), Sample.attempt(2, state: "running", node: "gpu-2")])
        #expect(again.notice(after: running) == "running on gpu-2 (attempt 2)")
    }

    @Test("Pauses between tries grow to a limit, with jitter of half")
    func pauses() {
        var pause = RetryPause(first: 1, limit: 4)
        #expect([0.0, 1, 0, 1].map { pause.take(random: $0) } == [0.5, 2, 2, 4])
    }

    @Test("--since takes a duration or a time")
    func since() throws {
        #expect(try EventsCommand.time("1h", now: 3_600_000) == "1970-01-01T00:00:00.000Z")
        #expect(try EventsCommand.time("2024-02-29T12:00:00+01:00", now: 0) == "2024-02-29T11:00:00.000Z")
        #expect(throws: Failure.self) { try EventsCommand.time("yesterday", now: 0) }
    }
}
