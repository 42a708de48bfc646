import Operations
import Testing

/// The checks of a campaign, on results that are forged: what cannot find anything proves nothing.
@Suite("what a campaign finds")
struct LedgerTests {
    private static func view(_ state: String, _ code: Int?, attempts: [AttemptView] = []) -> WorkloadView {
        var view = WorkloadView(
            id: "W", name: "job-1", state: state, owner: "O", priority: 50, cancelRequested: false,
            submittedAt: "2026-01-01T00:00:00Z", spec: WorkloadSpec(cmd: ["true"]), attempts: attempts)
        view.exitCode = code
        return view
    }

    private static func attempt(
        _ number: Int, _ state: String, _ code: Int?, hasReceipt: Bool = true
    ) -> AttemptView {
        var view = AttemptView(
            id: "A\(number)", number: number, state: state, node: "s0", unknown: false, logBytes: 0,
            logTruncated: false, hasReceipt: hasReceipt)
        view.exitCode = code
        return view
    }

    private static func findings(
        of kind: Job.Kind = .quick, code: Int = 0, isCancelled: Bool = false, killed: String? = nil,
        filled: String? = nil, _ view: WorkloadView
    ) -> [String] {
        let ledger = Ledger()
        let promise = Ledger.Promise(
            job: Job(number: 1, kind: kind, code: code), id: "W", cancelAsked: isCancelled)
        if let killed { ledger.killing(killed) }
        if let filled { ledger.filling(filled) }
        Judge(promise: promise, view: view, ledger: ledger).judgeEnd()
        return ledger.findings
    }

    @Test("a terminal state that changes, and one that is left again, are found")
    func changed() {
        for (first, then) in [("succeeded", "failed"), ("failed", "running"), ("cancelled", "succeeded")] {
            let ledger = Ledger()
            let early = ContinuousClock.now
            ledger.saw(Self.view(first, 0), asked: early)
            // Asked before, answered after: that is no news.
            ledger.saw(Self.view("running", nil), asked: early)
            #expect(ledger.findings.isEmpty)
            ledger.saw(Self.view(then, 0), asked: .now)
            #expect(ledger.findings.count == 1)
        }
    }

    @Test("a result that is the program's own is none to be found")
    func right() {
        #expect(Self.findings(Self.view("succeeded", 0, attempts: [Self.attempt(1, "succeeded", 0)])).isEmpty)
        #expect(Self.findings(code: 3, Self.view("failed", 3, attempts: [Self.attempt(1, "failed", 3)])).isEmpty)
        let twice = [Self.attempt(1, "failed", 3), Self.attempt(2, "failed", 3)]
        #expect(Self.findings(of: .retried, code: 3, Self.view("failed", 3, attempts: twice)).isEmpty)
        let lost = [Self.attempt(1, "failed", nil)]
        #expect(Self.findings(killed: "A1", Self.view("failed", nil, attempts: lost)).isEmpty)
    }

    @Test("what may have been accepted is a promise once it is seen, and is found where it is there twice")
    func maybe() {
        let ledger = Ledger()
        ledger.maybeAccepted(Job(number: 1, kind: .quick, code: 0))
        #expect(ledger.promises.isEmpty && ledger.findings.isEmpty)
        ledger.saw(Self.view("queued", nil), asked: .now)
        #expect(ledger.promises.map(\.id) == ["W"])
        ledger.saw(Self.view("running", nil), asked: .now)
        #expect(ledger.promises.count == 1 && ledger.findings.isEmpty)
        ledger.accepted(Job(number: 1, kind: .quick, code: 0), as: "W2")
        #expect(ledger.findings.count == 1)
    }

    @Test("only a full disk excuses an attempt for which there was no room")
    func room() {
        let refused = AttemptView(
            id: "A1", number: 1, state: "lost", node: "s0", unknown: false, logBytes: 0, logTruncated: false,
            hasReceipt: false)
        var lost = refused
        lost.reason = "s0: disk full on s0: make room there, then try again"
        let view = Self.view("succeeded", 0, attempts: [lost, Self.attempt(2, "succeeded", 0)])
        #expect(Self.findings(view).count == 1)
        #expect(Self.findings(filled: "s1", view).count == 1)
        #expect(Self.findings(filled: "s0", view).isEmpty)
    }

    @Test("a wrong code, a missing receipt, a cancel that nobody wished, one try too many and a loss are found")
    func wrong() {
        let ended = [Self.attempt(1, "succeeded", 0)]
        #expect(!Self.findings(code: 3, Self.view("succeeded", 0, attempts: ended)).isEmpty)
        #expect(!Self.findings(Self.view("failed", nil, attempts: [Self.attempt(1, "failed", nil)])).isEmpty)
        #expect(!Self.findings(Self.view("cancelled", nil)).isEmpty)
        #expect(!Self.findings(Self.view("running", nil)).isEmpty)
        #expect(!Self.findings(Self.view("lost", nil, attempts: [Self.attempt(1, "lost", nil)])).isEmpty)
        let unsigned = [Self.attempt(1, "succeeded", 0, hasReceipt: false)]
        #expect(!Self.findings(Self.view("succeeded", 0, attempts: unsigned)).isEmpty)
        #expect(!Self.findings(Self.view("succeeded", 0, attempts: ended + [Self.attempt(2, "succeeded", 0)])).isEmpty)
        #expect(!Self.findings(of: .endless, isCancelled: true, Self.view("succeeded", 0, attempts: ended)).isEmpty)
    }
}
