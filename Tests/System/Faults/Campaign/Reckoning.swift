import CallProtocol
import Foundation
import Operations
import TestKit

@testable import capstan

/// What is checked when all is quiet again.
struct Reckoning: Sendable {
    let proxied: Proxied
    let plan: Plan
    let ledger: Ledger
    /// What the daemons held before anything went wrong, by name.
    let before: [String: ProcessUse]

    /// How long it may take until the last of what was left is cleared away.
    static let clearing = 60.0

    func run() async throws {
        let all = try await proxied.direct.ask(
            WorkloadOperations.list, WorkloadListInput(limit: 200), wait: .seconds(20)
        ).workloads
        let promises = ledger.promises
        ledger.count("workloads accepted", times: promises.count)
        let known = Set(promises.map(\.id))
        for extra in all where !known.contains(extra.id) { ledger.find("\(extra.name) is there twice: \(extra.id)") }
        for promise in promises {
            let asked = ContinuousClock.now
            let view = try await proxied.direct.ask(
                WorkloadOperations.show, WorkloadRef(workload: promise.id), wait: .seconds(20))
            ledger.saw(view, asked: asked)
            let judge = Judge(promise: promise, view: view, ledger: ledger)
            judge.judgeEnd()
            ledger.count("attempts", times: view.attempts.count)
            ledger.count("receipts verified", times: view.attempts.count { $0.hasReceipt })
            judge.judgeStarts(proxied.fleet)
            for attempt in view.attempts where attempt.hasReceipt {
                try await judge.judgeResult(attempt, proxied.direct)
            }
        }
        try await judgeEvents(promises)
        try await judgeRemains()
        await judgeStop()
    }

    /// The log of events tells of each end once, and of the one that is shown.
    private func judgeEvents(_ promises: [Ledger.Promise]) async throws {
        var input = EventWatchInput()
        input.after = 0
        input.kinds = ["workload", "attempt"]
        let connection = try await proxied.direct.connection(until: Deadline(in: .seconds(20)))
        let subscription = try connection.calls.subscribe(EventOperations.watch, input)
        var ofWorkloads: [String: [String]] = [:]
        var ofAttempts: [String: [String]] = [:]
        while let event = try await subscription.next() {
            let words = event.kind.split(separator: ".").map(String.init)
            guard words.count == 2, ["succeeded", "failed", "cancelled", "lost"].contains(words[1]) else { continue }
            if words[0] == "workload" { ofWorkloads[event.subject ?? "", default: []].append(words[1]) }
            let data = event.data.flatMap {
                try? JSONSerialization.jsonObject(with: Data("\($0)".utf8)) as? [String: Any]
            }
            if words[0] == "attempt", let attempt = data?["attempt"] as? String {
                ofAttempts[attempt, default: []].append(words[1])
            }
        }
        for (attempt, ends) in ofAttempts where ends.count > 1 { ledger.find("attempt \(attempt) ended as \(ends)") }
        for promise in promises where ofWorkloads[promise.id]?.count != 1 {
            ledger.find("events tell of \(promise.job) the ends \(ofWorkloads[promise.id] ?? [])")
        }
    }

    /// Nothing is left that runs, and hub and spokes hold no more than at the beginning.
    private func judgeRemains() async throws {
        var left: [String] = []
        let isClear = try await becomesTrueSlowly {
            left = remains()
            return left.isEmpty
        }
        if !isClear { for one in left { ledger.find(one) } }
    }

    private func remains() -> [String] {
        let daemons = proxied.daemons
        let own = Set(daemons.map(\.program.pid))
        var left = proxied.fleet.members().filter { !own.contains($0.pid) }.map {
            "left behind: \($0.pid) \($0.arguments)"
        }
        for (name, program) in daemons {
            guard let then = before[name] else { continue }
            let now = ProcessUse(program.pid)
            ledger.measure(
                "\(name == "hub" ? "hub's" : "spoke's") descriptors more", now.descriptors - then.descriptors)
            ledger.measure("\(name == "hub" ? "hub's" : "spoke's") KiB more", (now.memory - then.memory) >> 10)
            if now.descriptors > then.descriptors + 16 {
                left.append("\(name) has \(now.descriptors) descriptors, \(then.descriptors) at the beginning")
            }
            if now.memory > then.memory + 64 << 20 {
                left.append("\(name) has \(now.memory >> 20) MiB, \(then.memory >> 20) at the beginning")
            }
        }
        return left
    }

    private func becomesTrueSlowly(_ condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(Self.clearing)
        while try await !condition() {
            guard ContinuousClock.now < end else { return false }
            try await ContinuousClock().sleep(for: .milliseconds(250))
        }
        return true
    }

    /// All of them stop when they are asked to.
    private func judgeStop() async {
        for (_, program) in proxied.daemons.reversed() { program.signal(SIGTERM) }
        for (name, program) in proxied.daemons {
            let result = await program.wait(seconds: 30)
            if result.code != 0 { ledger.find("\(name) ended with \(result.code): \(result.err.suffix(2_000))") }
        }
    }
}
