import CallProtocol
import Foundation
import Operations
import TestKit

@testable import capstan

/// One seeded run: a fleet at work while everything around it goes wrong, then peace, then the reckoning.
struct Campaign: Sendable {
    let plan: Plan
    let ledger = Ledger()

    /// How long operators keep trying, and the fleet may take to come to rest.
    static let patience = Duration.seconds(150)

    /// The size of a disk that will be full: room for all that one run writes.
    private static let diskMegabytes = 64

    init(seed: UInt64) {
        plan = Plan(seed: seed)
    }

    /// Runs it to its end. What is wrong stands in the ledger.
    func run() async {
        do {
            let disks = SmallDisk.isPossible ? plan.disksToFill.map { ($0.name, Self.diskMegabytes) } : []
            let clocks = ShiftedClock.isPossible ? plan.clocksToShift.map(\.name) : []
            try await Proxied.with(
                spokes: plan.spokes, seed: plan.seed, disks: .init(uniqueKeysWithValues: disks), clocks: clocks
            ) { proxied in
                let (fleet, release) = (proxied.fleet, proxied.fleet.path(Job.release))
                try FileManager.default.createDirectory(
                    atPath: fleet.path(Job.starts), withIntermediateDirectories: false)
                let before = Dictionary(
                    uniqueKeysWithValues: proxied.daemons.map { ($0.name, ProcessUse($0.program.pid)) })
                do {
                    try await work(proxied, release: release)
                    try await Reckoning(proxied: proxied, plan: plan, ledger: ledger, before: before).run()
                } catch {
                    ledger.find("broken off: \(error)")
                }
                if !ledger.findings.isEmpty { keep(fleet) }
            }
        } catch {
            ledger.find("broken off: \(error)")
        }
    }

    /// Operators and nemesis at once; returns when everything that was accepted has ended.
    private func work(_ proxied: Proxied, release: String) async throws {
        let start = ContinuousClock.now
        let nemesis = Nemesis(proxied: proxied, plan: plan, ledger: ledger)
        let crowd = Operators(proxied: proxied, plan: plan, ledger: ledger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await crowd.watch() }
            try await withThrowingTaskGroup(of: Void.self) { workers in
                for submit in plan.submits { workers.addTask { try await crowd.submit(submit, from: start) } }
                for exec in plan.execs { workers.addTask { try await crowd.exec(exec, from: start) } }
                workers.addTask {
                    async let lines: Void = nemesis.strikeLines(from: start)
                    async let machines: Void = nemesis.strikeMachines(from: start)
                    try await nemesis.strikeProcesses(from: start)
                    _ = try await (lines, machines)
                    try await ContinuousClock().sleep(until: start + .milliseconds(Plan.length))
                    try await nemesis.heal()
                    _ = FileManager.default.createFile(atPath: release, contents: nil)
                }
                try await workers.waitForAll()
            }
            let healed = ContinuousClock.now
            try await crowd.rest(within: Self.patience)
            ledger.note("at rest \(healed.duration(to: .now)) after the last word of an operator")
            group.cancelAll()
        }
    }

    /// Leaves the fleet's folder for who wants to look, in the folder that `CAPSTAN_KEEP` names.
    private func keep(_ fleet: Fleet) {
        guard let folder = ProcessInfo.processInfo.environment["CAPSTAN_KEEP"] else { return }
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The disks that are mounted below it are no more than folders of the copy.
        try? FileManager.default.copyItem(atPath: fleet.folder.path, toPath: folder + "/\(plan.seed)")
    }

    /// All that is to be told of a run in which something was wrong.
    var report: String {
        """
        seed \(plan.seed): \(ledger.findings.count) findings
        \(ledger.findings.map { "- " + $0 }.joined(separator: "\n"))
        \(ledger.notes.map { "  (\($0))" }.joined(separator: "\n"))
        what was done:
        \(plan)
        run it again: CAPSTAN_SEED=\(plan.seed) swift test --filter '^SystemTests\\.CampaignTests'
        """
    }
}
