import CallProtocol
import Foundation
import Operations

@testable import capstan

/// The people of one run: they submit, cancel, run programs and look, through bad lines, and try until they are answered.
struct Operators: Sendable {
    let proxied: Proxied
    let plan: Plan
    let ledger: Ledger

    /// Submits with one key until there is an answer, and perhaps cancels.
    func submit(_ submit: Plan.Submit, from start: ContinuousClock.Instant) async throws {
        try await ContinuousClock().sleep(until: start + .milliseconds(submit.at))
        var spec = WorkloadSpec(cmd: ["sh", "-c", submit.job.script])
        spec.name = "job-\(submit.job.number)"
        spec.node = submit.job.node
        spec.retries = submit.job.isRetried ? Job.retries : 3
        spec.retryOnFailure = submit.job.isRetried
        do {
            let view = try await proxied.operatorsLink.ask(
                WorkloadOperations.submit, spec, wait: Campaign.patience, key: "key-\(submit.job.number)")
            ledger.accepted(submit.job, as: view.id)
            guard let pause = submit.cancelAfter else { return }
            try await ContinuousClock().sleep(for: .milliseconds(pause))
            ledger.cancelling(view.id)
            _ = try await proxied.operatorsLink.ask(
                WorkloadOperations.cancel, WorkloadRef(workload: view.id), wait: Campaign.patience)
        } catch let error as CallError {
            // One that has ended cannot be cancelled.
            guard error.code != .failedPrecondition else { return }
            ledger.find("\(submit.job): not answered but with \(error)")
        }
    }

    /// Runs a program by the command line: it ends as the program did with all of its output, or says that it did not.
    func exec(_ exec: Plan.Exec, from start: ContinuousClock.Instant) async throws {
        try await ContinuousClock().sleep(until: start + .milliseconds(exec.at))
        let lines = 500
        let script =
            "i=0; while [ $i -lt \(lines) ]; do i=$((i+1)); echo \"exec \(exec.number) says $i\"; "
            + "[ $((i % 100)) = 0 ] && sleep 0.2; done; exit 42"
        let program = try proxied.fleet.start(
            ["exec", proxied.names[exec.spoke], "--wait", "40s", "--", "sh", "-c", script],
            environment: proxied.proxiedEnvironment)
        let result = await program.wait(seconds: 120)
        switch result.code {
        case 42:
            let expected = (1...lines).map { "exec \(exec.number) says \($0)\n" }.joined()
            if result.text != expected { ledger.find("exec \(exec.number) ended well with another output") }
        case 69, 75:
            if result.err.isEmpty { ledger.find("exec \(exec.number) ended with \(result.code) and no word") }
        default: ledger.find("exec \(exec.number) ended with \(result.code): \(result.err)")
        }
    }

    /// Looks at all workloads from time to time, until it is cancelled.
    func watch() async {
        while !Task.isCancelled {
            _ = try? await list(wait: .seconds(1))
            try? await ContinuousClock().sleep(for: .milliseconds(250))
        }
    }

    /// Returns when all has ended; in time, or throws.
    func rest(within patience: Duration) async throws {
        let end = ContinuousClock.now + patience
        while true {
            let all = (try? await list(wait: .seconds(10))) ?? []
            let ids = Set(ledger.promises.map(\.id))
            let open = all.filter { ids.contains($0.id) && $0.endedAt == nil }
            if open.isEmpty, ids.isSubset(of: all.map(\.id)) { return }
            guard ContinuousClock.now < end else {
                let states = open.map { "\($0.name) \($0.state) on \($0.node ?? "none"): \($0.reason ?? "")" }
                throw Unmet(what: "the end of \(states)", seconds: Double(patience.components.seconds))
            }
            try await ContinuousClock().sleep(for: .milliseconds(200))
        }
    }

    private func list(wait: Duration) async throws -> [WorkloadView] {
        let asked = ContinuousClock.now
        let all = try await proxied.direct.ask(
            WorkloadOperations.list, WorkloadListInput(limit: 200), wait: wait
        ).workloads
        for view in all { ledger.saw(view, asked: asked) }
        return all
    }
}
