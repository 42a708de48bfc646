import CallProtocol
import NIOCore
import Operations
import Synchronization
import TestKit
import Testing

@testable import capstan

@Suite("What run says, and when")
struct RunVoiceTests {
    typealias Sample = WorkloadSpecSample

    /// A voice whose words are kept.
    private final class Said: Sendable {
        let text = Mutex("")

        func voice(
            sharesStdout: Bool, format: OutputFormat = .table, isQuiet: Bool = false, isLive: Bool = false
        ) -> RunVoice {
            let printer = Printer(
                format: format, isQuiet: isQuiet, isColoured: false, isIndented: false, output: OutputDescriptor(1),
                now: 0)
            return RunVoice(printer: printer, line: OpenLine(sharesStdout: sharesStdout), isLive: isLive) { text in
                self.text.withLock { $0 += text }
            }
        }

        var all: String { text.withLock { $0 } }
    }

    @Test("What became of an attempt is said after its output, what comes later after that")
    func order() {
        let said = Said()
        let voice = said.voice(sharesStdout: false)
        voice.tell("running on a", of: Sample.view(state: "running", attempts: [Sample.attempt(1, state: "running")]))
        #expect(said.all == "running on a\n")
        let failed = Sample.attempt(1, state: "failed")
        voice.tell("queued: attempt 1 failed", of: Sample.view(state: "queued", attempts: [failed]))
        let second = Sample.attempt(2, state: "running")
        voice.tell("running on b", of: Sample.view(state: "running", attempts: [failed, second]))
        let ended = Sample.view(state: "failed", attempts: [failed, Sample.attempt(2, state: "failed")])
        voice.tell("failed with code 3 on b", of: ended)
        #expect(said.all == "running on a\n")
        voice.finished(1)
        #expect(said.all == "running on a\nqueued: attempt 1 failed\nrunning on b\n")
        voice.finished(2)
        #expect(said.all.hasSuffix("running on b\nfailed with code 3 on b\n"))
    }

    @Test("A message begins on a line of its own", arguments: [true, false])
    func lines(sharesStdout: Bool) {
        let said = Said()
        let voice = said.voice(sharesStdout: sharesStdout)
        voice.passed(.stdout, ByteBuffer(string: "one"))
        voice.notice("a")
        #expect(said.all == (sharesStdout ? "\na\n" : "a\n"))
        voice.passed(.stderr, ByteBuffer(string: "err"))
        voice.notice("b")
        voice.passed(.stderr, ByteBuffer(string: "err\n"))
        voice.notice("c")
        #expect(said.all.hasSuffix("a\n\nb\nc\n"))
    }

    @Test("What goes on stands below what is said, not amid output, and is gone when the last words are said")
    func live() {
        let said = Said()
        let voice = said.voice(sharesStdout: true, isLive: true)
        let coming = Sample.view(state: "provisioning")
        voice.passed(.stdout, ByteBuffer(string: "one"))
        voice.draw("boot 1s", of: coming)
        voice.tell("created", of: coming)
        voice.leave("detached")
        voice.draw("boot 2s", of: coming)
        let clearing = "\r\u{1B}[K"
        #expect(
            said.all == "\n\rboot 1s\u{1B}[K" + clearing + "created\nboot 1s" + clearing + "capstan: detached\n")
        let busy = Said()
        let other = busy.voice(sharesStdout: true, isLive: true)
        let again = Sample.view(state: "provisioning", attempts: [Sample.attempt(1, state: "lost")])
        other.draw("boot 1s", of: again)
        #expect(busy.all.isEmpty, "output of the first attempt comes before it")
        other.finished(1)
        other.draw("boot 2s", of: again)
        #expect(busy.all == "\rboot 2s\u{1B}[K")
    }

    @Test("Nothing is drawn without a terminal, with --quiet, or beside other formats")
    func dead() {
        for (format, isQuiet, isLive) in [
            (OutputFormat.table, false, false), (.table, true, true), (.json, false, true),
        ] {
            let said = Said()
            let voice = said.voice(sharesStdout: true, format: format, isQuiet: isQuiet, isLive: isLive)
            voice.draw("boot 1s", of: Sample.view(state: "provisioning"))
            voice.clear()
            #expect(!voice.isLive && said.all.isEmpty)
        }
    }

    @Test("With --quiet only the reason of an exit code is said, with -o json as an error object")
    func complaints() {
        let said = Said()
        let voice = said.voice(sharesStdout: false, format: .json, isQuiet: true)
        voice.notice("running on a")
        voice.complain(.failed("train was lost"))
        #expect(said.all == #"{"error":{"code":"FAILED","message":"train was lost","details":{}}}"# + "\n")
    }
}

@Suite("Signals while a workload is submitted and followed")
struct RunPhaseTests {
    @Test("Before the submit nothing is left behind; during it the wish waits for the answer")
    func early() {
        var phase = RunPhase()
        #expect(phase.wish(.interrupt) == .leaveUnsubmitted)
        phase.submitting()
        #expect(phase.wish(.interrupt) == .awaitAnswer)
        #expect(phase.wish(.interrupt) == .leaveUnanswered)
        #expect(phase.accepted() == .cancel)
        #expect(phase.isCancelled)
        #expect(phase.wish(.interrupt) == .detach)
    }

    @Test("Once it is accepted, the first Ctrl-C cancels it and SIGTERM leaves it alone")
    func late() {
        var phase = RunPhase()
        phase.submitting()
        #expect(phase.accepted() == .nothing)
        #expect(phase.wish(.terminate) == .detach)
        #expect(phase.wish(.interrupt) == .cancel)
        phase.ended()
        #expect(phase.wish(.interrupt) == .leaveEnded)

        var terminated = RunPhase()
        terminated.submitting()
        #expect(terminated.wish(.terminate) == .awaitAnswer)
        #expect(terminated.accepted() == .detach)
        #expect(!terminated.isCancelled)
    }
}
