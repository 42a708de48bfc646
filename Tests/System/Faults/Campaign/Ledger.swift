import Operations
import Synchronization

/// What was promised in one run, what was done to break it, and what is wrong.
final class Ledger: Sendable {
    struct Promise: Sendable {
        var job: Job
        var id: String
        var cancelAsked = false
    }

    private struct State {
        var promises: [String: Promise] = [:]
        /// Jobs of which nobody knows whether they were accepted, by the name that only one workload may have.
        var maybe: [String: Job] = [:]
        /// Daemons whose disk was full at some time.
        var filled: Set<String> = []
        var killed: Set<String> = []
        var ends: [String: (end: String, seen: ContinuousClock.Instant)] = [:]
        var findings: [String] = []
        var notes: [String] = []
        var tally = Tally()
    }

    private let state = Mutex(State())

    /// The hub has accepted a job.
    func accepted(_ job: Job, as id: String) {
        let other = state.withLock { state -> String? in
            state.maybe[job.name] = nil
            let other = state.promises.values.first { $0.job.number == job.number && $0.id != id }
            if state.promises[id] == nil { state.promises[id] = Promise(job: job, id: id) }
            return other?.id
        }
        if let other { find("\(job) was accepted as \(other) and again as \(id)") }
    }

    /// Who submitted a job was killed before there was an answer: it was accepted once, or not at all.
    func maybeAccepted(_ job: Job) { state.withLock { $0.maybe[job.name] = job } }

    /// The disk of a daemon is about to be full.
    func filling(_ name: String) { state.withLock { _ = $0.filled.insert(name) } }

    /// Somebody is about to wish its end.
    func cancelling(_ id: String) { state.withLock { $0.promises[id]?.cancelAsked = true } }

    /// The supervisor of an attempt is about to be killed.
    func killing(_ attempt: String) { state.withLock { _ = $0.killed.insert(attempt) } }

    /// Notes the state in which a workload was seen. A terminal one is the last.
    /// - Parameter asked: when it was asked for. Of two who ask at once, the one who is answered later may know less.
    func saw(_ workload: WorkloadView, asked: ContinuousClock.Instant) {
        // What is there was accepted, and has to keep what was promised from here on.
        if let job = state.withLock({ $0.maybe[workload.name] }) {
            accepted(job, as: workload.id)
            count("workloads of killed runs")
        }
        let before = state.withLock { $0.ends[workload.id] }
        guard ["succeeded", "failed", "cancelled", "lost"].contains(workload.state) else {
            if let before, before.seen < asked {
                find("workload \(workload.id) was \(before.end) and is \(workload.state)")
            }
            return
        }
        let end = "\(workload.state) (\(workload.exitCode.map(String.init) ?? "no code"))"
        if let before, before.end != end { find("workload \(workload.id) was \(before.end) and is \(end)") }
        if before == nil { state.withLock { $0.ends[workload.id] = (end, .now) } }
    }

    /// Something is not as it was promised.
    func find(_ finding: String) { state.withLock { $0.findings.append(finding) } }

    /// Something that may help to understand a finding.
    func note(_ note: String) { state.withLock { $0.notes.append(note) } }

    /// Something happened once more.
    func count(_ what: String, times: Int = 1) { state.withLock { $0.tally.count(what, times: times) } }

    /// Something was measured, of which the most is of interest.
    func measure(_ what: String, _ value: Int) { state.withLock { $0.tally.measure(what, value) } }

    var tally: Tally { state.withLock { $0.tally } }
    var promises: [Promise] { state.withLock { $0.promises.values.sorted { $0.job.number < $1.job.number } } }
    func isKilled(_ attempt: String) -> Bool { state.withLock { $0.killed.contains(attempt) } }
    func wasFull(_ name: String?) -> Bool { name.map { name in state.withLock { $0.filled.contains(name) } } ?? false }
    var killedCount: Int { state.withLock { $0.killed.count } }
    var findings: [String] { state.withLock { $0.findings } }
    var notes: [String] { state.withLock { $0.notes } }
}
