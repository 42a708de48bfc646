import Foundation
import Mapping
import TestKit
import Testing

/// A hub of the real binary that rents at a provider with its faults, and is killed with `kill -9` again and again.
///
/// The same in one process, with the bound on money, is `RentCampaignTests`.
@Suite("Renting, through kill after kill of the real hub", .serialized)
struct RentKillTests {
    /// How often the hub is killed at each provider.
    private static let kills = ProcessInfo.processInfo.environment["CAPSTAN_HUB_KILLS"].flatMap(Int.init) ?? 20

    private struct Bench {
        let account: ProviderAccount
        let faults: FaultPlan
        let (name, document, token, server): (String, String, String, String)
        let (create, list, terminate): (String, String, String)
        let stranger: String
    }

    @Test(
        "at RunPod: nothing runs without a row, nothing is held, nothing was made twice",
        .enabled(if: ShiftedClock.isPossible))
    func runpod() async throws {
        try await FakeRunPod.with(pace: .atOnce) { provider in
            try await run(
                Bench(
                    account: provider.account, faults: provider.faults, name: "runpod", document: FakeRunPod.document,
                    token: provider.settings.token, server: provider.server.baseURL, create: "createPod",
                    list: "listPods", terminate: "deletePod", stranger: provider.plant(name: "somebody's")))
        }
    }

    @Test("at Vast.ai: the same", .enabled(if: ShiftedClock.isPossible))
    func vast() async throws {
        try await FakeVast.with(pace: .atOnce) { provider in
            try await run(
                Bench(
                    account: provider.account, faults: provider.faults, name: "vast", document: FakeVast.document,
                    token: provider.settings.token, server: provider.server.baseURL, create: "createInstance",
                    list: "showInstances", terminate: "destroyInstance",
                    stranger: try provider.plant(label: "somebody's")))
        }
    }

    private func run(_ bench: Bench) async throws {
        try await Fleet.with(clocks: ["hub"]) { fleet in
            try await importProvider(bench, into: fleet)
            setFaults(bench)
            var random = SeededRandom(seed: 11)
            for round in 1...Self.kills {
                try fleet.clocks["hub"]?.shift(bySeconds: round * 20)
                try await live(fleet, &random)
                try await start(fleet)
            }
            bench.faults.clear()
            try await settle(fleet, bench)
            #expect(bench.account.existing.map(\.id) == [bench.stranger])
            #expect(bench.account.createdTwice.isEmpty)
            let made = bench.account.instances.filter { !$0.isPlanted }
            let faults = Set(bench.faults.injections.map(\.fault))
            #expect(made.count >= Self.kills / 8 && faults.count > 3, "\(made.count), \(faults)")
            let list = try await fleet.run("instance", "list", "-o", "json").json() as? [[String: Any]]
            #expect(list?.compactMap { $0["state"] as? String } == ["foreign"], "\(list ?? [])")
            let leaks = try await fleet.run("instance", "list").err
            #expect(!leaks.contains("burns"), "\(leaks)")
        }
    }

    private func start(_ fleet: Fleet) async throws { try await fleet.startHub(["--rent-listing", "1s"]) }

    private func importProvider(_ bench: Bench, into fleet: Fleet) async throws {
        // Without the pauses that the real provider wants.
        let mapping = try #require(ShippedProvider.named(bench.name)?.mapping)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("minimumInterval") }.joined(separator: "\n")
        for (name, text) in ["p.yaml": bench.document, "m.yaml": mapping, "key": bench.token] {
            try Data(text.utf8).write(to: URL(filePath: fleet.path(name)))
        }
        let imported = try await fleet.run(
            "provider", "import", "p", fleet.path("p.yaml"), "--server", bench.server, "--mapping",
            fleet.path("m.yaml"), "--credential", "file:\(fleet.path("key"))")
        #expect(imported.code == 0, "\(imported.err)")
        try await fleet.killHub()
        try await start(fleet)
    }

    private func setFaults(_ bench: Bench) {
        let plan = bench.faults
        plan.rule(.errorAfterSuccess(500), probability: 0.15, on: bench.create)
        plan.rule(.delayedVisibility(.polls(2)), probability: 0.2, on: bench.create)
        plan.rule(.truncated, probability: 0.1, on: bench.create)
        plan.rule(.emptyBody, probability: 0.1, on: bench.create)
        plan.rule(.slow(.milliseconds(200)), probability: 0.3, on: bench.create)
        plan.rule(.emptyList, probability: 0.1, on: bench.list)
        plan.rule(.malformedJSON, probability: 0.1, on: bench.list)
        plan.rule(.notFoundOnDelete(), probability: 0.2, on: bench.terminate)
        plan.rule(.error(500), probability: 0.1, on: bench.terminate)
        plan.rule(.slow(.milliseconds(100)), probability: 0.1)
        plan.rule(.rateLimited(), probability: 0.03)
    }

    /// Rents and releases, until the hub is killed in the middle of it.
    private func live(_ fleet: Fleet, _ random: inout SeededRandom) async throws {
        var callers: [Program] = []
        for _ in 0..<(1 + random.next() % 2) {
            callers.append(try fleet.start(["call", "instance/rent", #"{"gpus":1}"#]))
        }
        if random.chance(0.4), let id = try await open(fleet).last {
            callers.append(try fleet.start(["call", "instance/release", #"{"instance":"\#(id)"}"#]))
        }
        try await Task.sleep(for: .milliseconds(Int(250 + random.next() % 750)))
        try await fleet.killHub()
        for caller in callers {
            caller.signal(SIGKILL)
            _ = await caller.wait(seconds: 10)
        }
    }

    /// The ids of what nobody has released yet, newest first.
    private func open(_ fleet: Fleet) async throws -> [String] {
        let list = try await fleet.run("instance", "list", "-o", "json").json() as? [[String: Any]] ?? []
        return list.filter { $0["state"] as? String != "foreign" && $0["state"] as? String != "orphan" }
            .compactMap { $0["id"] as? String }
    }

    /// What the faults have left goes by itself, when its time comes.
    private func settle(_ fleet: Fleet, _ bench: Bench) async throws {
        var shift = Self.kills * 20
        try await until("the end of all that was rented", seconds: 180) {
            let open = try await open(fleet)
            for id in open { try await fleet.run("call", "instance/release", #"{"instance":"\#(id)"}"#) }
            shift += 30
            try fleet.clocks["hub"]?.shift(bySeconds: shift)
            return open.isEmpty && bench.account.existing.allSatisfy(\.isPlanted)
        }
    }
}
