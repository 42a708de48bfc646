import CallProtocol
import Mapping
import Market
import Operations
import TestKit
import Testing

@testable import Providers

/// Machines of the fake providers, found and rented by the mappings that come with Capstan.
@Suite("Renting by a mapping", .enabled(if: RealDocuments.isThere))
struct RentalTests {
    /// Imports a maker's own document for a fake of it.
    private func rental(_ fixture: ProviderFixture, _ path: String, at server: FakeHTTPServer) async throws
        -> RentalProvider
    {
        let (root, read) = RealDocuments.read(path)
        let text = String(decoding: try #require(read(root)), as: UTF8.self)
        var input = ProviderImportInput(name: "p", root: root, files: [.init(path: root, text: text)])
        (input.credentials, input.server) = (["env:KEY"], server.baseURL)
        _ = try await fixture.call("provider/import", try JSONCoding.encode(input))
        return try #require(fixture.service.rental("p"))
    }

    private func withRunPod(_ body: (RentalProvider, FakeRunPod, ProviderFixture) async throws -> Void) async throws {
        try await FakeRunPod.with(RunPodSettings()) { provider in
            try await ProviderFixture.with { fixture in
                fixture.secret.value = provider.settings.token
                try await body(
                    try await rental(fixture, "runpod/openapi-v2.json", at: provider.server), provider, fixture)
            }
        }
    }

    private func withVast(_ body: (RentalProvider, FakeVast, ProviderFixture) async throws -> Void) async throws {
        try await FakeVast.with(VastSettings()) { provider in
            try await ProviderFixture.with { fixture in
                fixture.secret.value = provider.settings.token
                try await body(try await rental(fixture, "vastai/openapi.yaml", at: provider.server), provider, fixture)
            }
        }
    }

    private func order(_ name: String, _ offer: Offer) -> RentOrder {
        RentOrder(
            name: name, offer: offer, image: "debian:stable-slim", disk: 20 << 30, env: ["CAPSTAN_JOIN": "t o'ken"],
            command: ["sh", "-c", "echo $CAPSTAN_BOOT|base64 -d|sh"], script: "")
    }

    private func wish(_ change: (inout RentWish) -> Void = { _ in }) -> RentWish {
        var wish = RentWish()
        wish.gpus = 1
        change(&wish)
        return wish
    }

    private func id(_ outcome: CreateOutcome) throws -> String {
        guard case .created(let id) = outcome else { throw CallError(.internalError, "\(outcome)") }
        return id
    }

    @Test("RunPod: the cheapest first, by place and cloud; rented, found by its name, given back")
    func runpod() async throws {
        try await withRunPod { rental, provider, _ in
            let offers = try await rental.offers(wish()).offers
            #expect(offers.map(\.price) == offers.map(\.price).sorted() && offers.first?.price == 0.31)
            #expect(Set(offers.map(\.region)) == ["US-KS-2", "EU-SE-1"])
            #expect(try await rental.offers(wish { $0.gpuModel = "a100" }).offers.map(\.gpuModel) == ["A100 PCIe"])
            #expect(try await rental.offers(wish { $0.maxPrice = 0.1 }).offers.isEmpty)
            #expect(try await rental.offers(wish { $0.region = "eu" }).offers.allSatisfy { $0.region == "EU-SE-1" })
            #expect(try await rental.offers(wish { ($0.gpus, $0.cpus) = (0, 3) }).offers.map(\.cpus) == [4])
            let offer = try #require(offers.first)
            let id = try id(await rental.create(order("capstan-1", offer)))
            let made = try #require(provider.account.instances.first)
            #expect(made.name == "capstan-1" && made.facts["cloud"] == "COMMUNITY")
            let listed = try await rental.instances()
            #expect(listed.map(\.id) == [id] && listed.map(\.name) == ["capstan-1"] && listed[0].status != .unknown)
            #expect(try await rental.instance(id, name: "capstan-1")?.price == 0.31)
            try await rental.terminate(id, name: "capstan-1")
            #expect(try await rental.instances().isEmpty)
            // A second end finds none, which is no error and no proof.
            try await rental.terminate(id, name: "capstan-1")
            #expect(try await rental.instance(id, name: "capstan-1") == nil)
        }
    }

    @Test("RunPod: what cannot be had says why; what may have been made is never called a refusal")
    func runpodFaults() async throws {
        try await withRunPod { rental, provider, fixture in
            let offer = try #require(try await rental.offers(wish()).offers.first)
            func create(_ fault: Fault) async -> CreateOutcome {
                provider.faults.queue(fault, on: "createPod")
                return await rental.create(order("capstan-2", offer))
            }
            var gone = offer
            gone.keep["site"] = "US-XX-9"
            guard case .refused(.nextOffer, let words) = await rental.create(order("capstan-0", gone)) else {
                Issue.record("it was to be refused")
                return
            }
            #expect(!words.isEmpty && provider.account.instances.isEmpty)
            for fault: Fault in [.errorAfterSuccess(500), .malformedJSON, .truncated, .emptyBody] {
                guard case .unclear = await create(fault) else {
                    Issue.record("\(fault) may have made something")
                    continue
                }
            }
            #expect(provider.account.running.count + provider.account.instances.count { $0.phase != .terminated } > 0)
            guard case .refused(.backOff, _) = await create(.rateLimited(retryAfter: 0)) else {
                Issue.record("429 is to wait")
                return
            }
            fixture.secret.value = "wrong"
            guard case .refused(.stop, _) = await rental.create(order("capstan-3", offer)) else {
                Issue.record("401 ends it")
                return
            }
        }
    }

    @Test(
        "a listing that is none says nothing, from either provider",
        arguments: [Fault.emptyBody, .malformedJSON, .truncated, .error(500, body: "x")])
    func unknown(_ fault: Fault) async throws {
        try await withRunPod { rental, provider, _ in
            provider.faults.queue(fault, fault, fault, fault, on: "listPods")
            await #expect(throws: CallError.self) { try await rental.instances() }
            provider.faults.queue(fault, fault, fault, fault, on: "listGpuTypes")
            await #expect(throws: CallError.self) { try await rental.offers(wish()).offers }
        }
    }

    @Test("Vast.ai: a contract under its label, in pages of 25, with its own ways of saying no")
    func vast() async throws {
        try await withVast { rental, provider, _ in
            let offers = try await rental.offers(wish()).offers
            #expect(offers.map(\.id).first == "7003" && offers.allSatisfy { $0.gpus == 1 })
            #expect(offers.map(\.country).first == "US")
            for number in 0..<30 { _ = try provider.plant(label: "other-\(number)") }
            let id = try id(await rental.create(order("capstan-1", try #require(offers.first))))
            let listed = try await rental.instances()
            #expect(listed.count == 31 && listed.first { $0.name == "capstan-1" }?.id == id)
            // Taken by now.
            guard case .refused(.nextOffer, _) = await rental.create(order("capstan-2", try #require(offers.first)))
            else {
                Issue.record("the offer is taken")
                return
            }
            provider.faults.queue(.successFalse, on: "destroyInstance")
            await #expect(throws: CallError.self) { try await rental.terminate(id, name: "capstan-1") }
            try await rental.terminate(id, name: "capstan-1")
            #expect(try await rental.instances().count == 30)
            #expect(try await rental.instance(id, name: "capstan-1") == nil)
        }
    }

    @Test(
        "Vast.ai: what rents is a PUT, and is asked for once all the same",
        arguments: [
            Fault.errorAfterSuccess(502), .truncated, .noAnswer(for: .milliseconds(50), done: true), .malformedJSON,
        ])
    func vastOnce(_ fault: Fault) async throws {
        try await withVast { rental, provider, _ in
            let offer = try #require(try await rental.offers(wish()).offers.first)
            provider.faults.queue(fault, on: "createInstance")
            guard case .unclear = await rental.create(order("capstan-1", offer)) else {
                Issue.record("something may have been made")
                return
            }
            #expect(provider.server.requests.count { $0.method == "PUT" } == 1)
            #expect(try await rental.instances().map(\.name) == ["capstan-1"])
        }
    }

    @Test("a later piece of a list that says it failed, or that is missing, makes the whole unknown")
    func pieces() async throws {
        try await withVast { rental, provider, _ in
            for number in 0..<30 { _ = try provider.plant(label: "other-\(number)") }
            #expect(try await rental.instances().count == 30)
            // The first piece is right, and says how many there are.
            for second in [Fault.successFalse, .emptyList] {
                provider.faults.queue(.slow(.zero), second, on: "showInstances")
                await #expect(throws: CallError.self) { try await rental.instances() }
            }
        }
    }

    @Test("offers of all providers in one list; one that does not answer is told and the others count")
    func all() async throws {
        try await withVast { _, provider, fixture in
            let found = try JSONCoding.decode(
                ProviderOffers.self, from: try await fixture.call("provider/offers", RawJSON(["gpuModel": "4090"])))
            #expect(found.offers.map(\.price) == found.offers.map(\.price).sorted() && found.offers.count == 2)
            #expect(found.providers.map(\.offers) == [2] && found.providers[0].fault == nil)
            provider.faults.queue(.error(400, body: #"{"success":false,"msg":"not now"}"#), on: "searchOffers")
            let failed = try JSONCoding.decode(
                ProviderOffers.self, from: try await fixture.call("provider/offers", RawJSON(["gpus": 1])))
            #expect(failed.offers.isEmpty && failed.providers[0].fault == "not now")
            try await fixture.take("openapi: 3.1.0\nservers: [{url: 'https://x.example'}]\npaths: {/a: {get: {}}}")
            await #expect(throws: CallError.self) {
                try await fixture.call("provider/offers", RawJSON(["provider": "p"]))
            }
            let none = try await fixture.call("provider/offers").value()
            #expect(none["providers"] == [])
        }
    }
}
