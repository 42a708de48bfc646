import CallProtocol
import Foundation
import Operations

@testable import capstan

/// The people of one run: they submit, cancel, run programs and look, through bad lines, and try until they are answered.
struct Operators: Sendable {
    let proxied: Proxied
    let plan: Plan
    let ledger: Ledger

    /// Submits until there is an answer, or is killed, and perhaps cancels.
    func submit(_ submit: Plan.Submit, from start: ContinuousClock.Instant) async throws {
        try await ContinuousClock().sleep(until: start + .milliseconds(submit.at))
        let (spec, key) = (spec(of: submit.job), "key-\(submit.job.number)")
        switch submit.way {
        case .link: break
        case .killedCall(let time): try await killedCall(submit.job, spec, key: key, afterMs: time)
        case .killedRun(let time, let isDetached):
            return try await killedRun(submit.job, spec, afterMs: time, isDetached)
        }
        do {
            let view = try await insist {
                try await proxied.operatorsLink.ask(
                    WorkloadOperations.submit, spec, wait: Campaign.patience, key: key)
            }
            ledger.accepted(submit.job, as: view.id)
            guard let pause = submit.cancelAfter else { return }
            try await ContinuousClock().sleep(for: .milliseconds(pause))
            ledger.cancelling(view.id)
            _ = try await insist {
                try await proxied.operatorsLink.ask(
                    WorkloadOperations.cancel, WorkloadRef(workload: view.id), wait: Campaign.patience)
            }
        } catch let error as CallError {
            // One that has ended cannot be cancelled.
            guard error.code != .failedPrecondition else { return }
            ledger.find("\(submit.job): not answered but with \(error)")
        }
    }

    private func spec(of job: Job) -> WorkloadSpec {
        var spec = WorkloadSpec(cmd: ["sh", "-c", job.script])
        spec.name = job.name
        spec.node = job.node
        spec.retries = job.isRetried ? Job.retries : 3
        spec.retryOnFailure = job.isRetried
        return spec
    }

    /// Asks again as long as the hub's disk is full, which it has to say.
    private func insist<T: Sendable>(_ ask: () async throws -> T) async throws -> T {
        let end = ContinuousClock.now + Campaign.patience
        while true {
            do {
                return try await ask()
            } catch let error as CallError where error.code == .resourceExhausted {
                guard error.message.contains("disk full on hub"), ledger.wasFull("hub"), ContinuousClock.now < end
                else {
                    throw error
                }
                try await ContinuousClock().sleep(for: .milliseconds(100))
            }
        }
    }

    /// A submit by the command line that does not live to see the answer. Who has its key may ask again.
    private func killedCall(_ job: Job, _ spec: WorkloadSpec, key: String, afterMs time: Int) async throws {
        let input = try String(decoding: JSONEncoder().encode(spec), as: UTF8.self)
        let result = try await killed(
            ["call", WorkloadOperations.submit.name, input, "--idempotency-key", key, "--wait", "40s"], afterMs: time)
        guard result.code == 0 else { return }
        let answer = try? result.json() as? [String: Any]
        guard let id = answer?["id"] as? String else { return ledger.find("\(job): a submit without an id") }
        ledger.accepted(job, as: id)
    }

    /// The same by `capstan run`, whose key is known to nobody else.
    private func killedRun(_ job: Job, _ spec: WorkloadSpec, afterMs time: Int, _ isDetached: Bool) async throws {
        var arguments = ["run", "--wait", "60s", "--name", job.name, "--retries", "\(spec.retries ?? 0)"]
        if let node = job.node { arguments += ["--node", node] }
        if job.isRetried { arguments.append("--retry-on-failure") }
        if isDetached { arguments += ["--detach", "--quiet"] }
        ledger.maybeAccepted(job)
        let result = try await killed(arguments + ["--", "sh", "-c", job.script], afterMs: time)
        // One that is not detached says other things.
        guard isDetached, result.code == 0 else { return }
        ledger.accepted(job, as: result.text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Runs a command that is killed so many milliseconds after its start, if it has not ended then.
    private func killed(_ arguments: [String], afterMs time: Int) async throws -> Program.Result {
        let program = try proxied.fleet.start(arguments, environment: proxied.proxiedEnvironment)
        try? await ContinuousClock().sleep(for: .milliseconds(time))
        program.signal(SIGKILL)
        let result = await program.wait()
        ledger.count(result.code == 137 ? "commands killed" : "commands that had ended before they were to be killed")
        return result
    }

    /// Runs a program by the command line: it ends as the program did with all of its output, or says that it did not.
    func exec(_ exec: Plan.Exec, from start: ContinuousClock.Instant) async throws {
        try await ContinuousClock().sleep(until: start + .milliseconds(exec.at))
        if let time = exec.killedAfter {
            // It must not outlive who wanted it; that nothing is left is checked in the end.
            _ = try await killed(
                ["exec", proxied.names[exec.spoke], "--wait", "40s", "--", "sleep", "600"], afterMs: time)
            return
        }
        let lines = 500
        let script =
            "i=0; while [ $i -lt \(lines) ]; do i=$((i+1)); echo \"exec \(exec.number) says $i\"; "
            + "[ $((i % 100)) = 0 ] && sleep 0.2; done; exit 42"
        let program = try proxied.fleet.start(
            ["exec", proxied.names[exec.spoke], "--wait", "40s", "--", "sh", "-c", script],
            environment: proxied.proxiedEnvironment)
        let result = await program.wait(seconds: 120)
        ledger.count(result.code == 42 ? "execs to their end" : "execs broken off with a word")
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
