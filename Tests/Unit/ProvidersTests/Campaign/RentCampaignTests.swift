import CallProtocol
import Foundation
import Link
import Mapping
import Market
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core
@testable import Providers

/// A hub that rents and gives back at a provider with all its faults, and is killed again and again.
@Suite("Renting, through kill after kill", .serialized)
struct RentCampaignTests {
    /// How often the hub is killed at each provider.
    private static let kills = ProcessInfo.processInfo.environment["CAPSTAN_RENT_KILLS"].flatMap(Int.init) ?? 50

    /// A provider under test: what is asked of its fake.
    private struct Bench {
        let account: ProviderAccount
        let faults: FaultPlan
        let document: String
        let mapping: String
        let token: String
        let baseURL: String
        /// Operations of its document, by what they do.
        let (create, list, get, terminate): (String, String, String, String)
    }

    /// Time that passes as the test says.
    private final class PushedTime: Sendable {
        static let start: Int64 = 1_780_272_000_000
        private let state = Mutex(start)

        var now: Int64 { state.withLock { $0 } }
        func pass(_ milliseconds: Int64) { state.withLock { $0 += milliseconds } }

        /// The same as providers have it.
        var ofProvider: ProviderTime { ProviderTime(epoch: 1_780_272_000) { .milliseconds(self.now - Self.start) } }
    }

    private let time = PushedTime()

    @Test("at RunPod: nothing runs without a row, nothing is held, nothing was made twice, no money beyond its bound")
    func runpod() async throws {
        let provider = FakeRunPod(time: time.ofProvider, pace: .atOnce)
        try await provider.start()
        let stranger = provider.plant(name: "somebody's")
        try await run(
            Bench(
                account: provider.account, faults: provider.faults, document: FakeRunPod.document,
                mapping: try Self.unhurried("runpod"), token: provider.settings.token, baseURL: provider.server.baseURL,
                create: "createPod", list: "listPods", get: "getPod", terminate: "deletePod"), stranger)
        await provider.stop()
    }

    @Test("at Vast.ai: the same")
    func vast() async throws {
        let provider = FakeVast(time: time.ofProvider, pace: .atOnce)
        try await provider.start()
        let stranger = try provider.plant(label: "somebody's")
        try await run(
            Bench(
                account: provider.account, faults: provider.faults, document: FakeVast.document,
                mapping: try Self.unhurried("vast"), token: provider.settings.token, baseURL: provider.server.baseURL,
                create: "createInstance", list: "showInstances", get: "showInstance", terminate: "destroyInstance"),
            stranger)
        await provider.stop()
    }

    /// A mapping that comes with Capstan, without the pauses that the real provider wants.
    private static func unhurried(_ name: String) throws -> String {
        let shipped = try #require(ShippedProvider.named(name)?.mapping)
        return shipped.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("minimumInterval") }.joined(separator: "\n")
    }

    private func run(_ bench: Bench, _ stranger: String) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/capstan-rent-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = PeerKey()
        func hub(_ death: Death?) async throws -> MortalHub {
            try await MortalHub(in: folder, key: key, token: bench.token, now: { time.now }, death: death)
        }
        var living = try await hub(nil)
        var input = ProviderImportInput(
            name: "p", root: "p.yaml", files: [.init(path: "p.yaml", text: bench.document)])
        (input.credentials, input.server, input.mapping) = (["env:KEY"], bench.baseURL, bench.mapping)
        _ = try await living.call("provider/import", input)
        await living.kill()
        setFaults(bench)

        var random = SeededRandom(seed: 7)
        var places: [String: Int] = [:]
        for round in 0..<Self.kills {
            let death = Death(seed: UInt64(round), odds: 0.06)
            living = try await hub(death)
            try await live(living, until: death, &random)
            places[death.place ?? "at any moment", default: 0] += 1
            await living.kill()
        }
        // The faults end; what they left must go by itself.
        bench.faults.clear()
        living = try await hub(nil)
        try await settle(living, bench)
        let list = try JSONCoding.decode(
            InstanceList.self, from: try await living.call("instance/list", InstanceListInput()))
        let rows = try await living.store.read { try $0.instances(limit: 100_000) }.map(RentedRow.init)
        await living.kill()
        judge(bench, rows, list, stranger, places)
    }

    private func setFaults(_ bench: Bench) {
        let plan = bench.faults
        plan.rule(.errorAfterSuccess(500), probability: 0.15, on: bench.create)
        plan.rule(.delayedVisibility(.time(.seconds(60))), probability: 0.2, on: bench.create)
        plan.rule(.truncated, probability: 0.1, on: bench.create)
        plan.rule(.emptyBody, probability: 0.1, on: bench.create)
        plan.rule(.error(503), probability: 0.1, on: bench.create)
        plan.rule(.emptyList, probability: 0.1, on: bench.list)
        plan.rule(.malformedJSON, probability: 0.1, on: bench.list)
        plan.rule(.emptyBody, probability: 0.1, on: bench.list)
        plan.rule(.notFoundOnDelete(), probability: 0.2, on: bench.terminate)
        plan.rule(.error(500), probability: 0.1, on: bench.terminate)
        plan.rule(.rateLimited(), probability: 0.03)
        plan.rule(.slow(.milliseconds(5)), probability: 0.1)
    }

    /// Rents and releases while time passes, until the hub dies: by a call, or at any moment.
    private func live(_ hub: MortalHub, until death: Death, _ random: inout SeededRandom) async throws {
        let end = ContinuousClock.now + .milliseconds(Int(150 + random.next() % 150))
        while death.place == nil, ContinuousClock.now < end {
            time.pass(3_000)
            let rows = (try? await hub.rows) ?? []
            if rows.count < 5, random.chance(0.5) {
                var wish = InstanceRentInput()
                wish.gpus = 1
                // Refused for a fault of the provider, or dead in the middle of it: both are part of it.
                let (hub, input) = (hub, wish)
                Task { _ = try? await hub.call("instance/rent", input) }
            }
            if random.chance(0.2), let row = rows.filter({ $0.instance.ending == nil }).last {
                let input = InstanceReleaseInput(instance: row.instance.id)
                _ = try? await hub.call("instance/release", input)
            }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    private func settle(_ hub: MortalHub, _ bench: Bench) async throws {
        try await eventually(within: .seconds(120)) {
            time.pass(2_000)
            for row in try await hub.rows where row.instance.ending == nil {
                _ = try await hub.call("instance/release", InstanceReleaseInput(instance: row.instance.id))
            }
            return try await hub.rows.isEmpty && bench.account.existing.allSatisfy(\.isPlanted)
        }
        // What shows up late would be ended again.
        for _ in 0..<100 {
            time.pass(5_000)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func judge(
        _ bench: Bench, _ rows: [RentedRow], _ list: InstanceList, _ stranger: String, _ places: [String: Int]
    ) {
        let made = bench.account.instances.filter { !$0.isPlanted }
        #expect(made.count >= Self.kills / 4 && Set(bench.faults.injections.map(\.fault)).count > 8, "\(made.count)")
        #expect(places.count > 5, "the hub died in few places: \(places)")
        #expect(bench.account.existing.map(\.id) == [stranger])
        #expect(bench.account.createdTwice.isEmpty)
        let bound = HubConfiguration(stateDirectory: "", advertised: [], software: "").rentHoldMs
        let byID = Dictionary(rows.compactMap { row in row.instance.providerId.map { ($0, row.instance) } }) { $1 }
        for instance in made {
            let ended = PushedTime.start + Int64((instance.endedAt ?? .zero).inSeconds * 1_000)
            let made = PushedTime.start + Int64(instance.createdAt.inSeconds * 1_000)
            let beyond = ended - max(made, byID[instance.id]?.unwantedAt ?? made)
            #expect(beyond <= bound, "\(instance.name) ran \(beyond / 1_000) s for nothing")
        }
        #expect(list.instances.isEmpty && list.burn.isEmpty && list.worstLeak.isEmpty)
        #expect(list.others.map(\.state) == ["foreign"] && list.others.map(\.providerId) == [stranger])
    }
}
