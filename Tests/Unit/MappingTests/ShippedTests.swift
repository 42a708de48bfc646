import CallProtocol
import Market
import OpenAPI
import Testing

@testable import Mapping

@Suite("The mappings that come with Capstan")
struct ShippedTests {
    @Test(
        "each can be read, and is found by its name and by its document's server",
        arguments: ShippedProvider.all.map(\.name))
    func reading(_ name: String) throws {
        let shipped = try #require(ShippedProvider.named(name))
        #expect(ShippedProvider.of(server: shipped.server)?.name == name)
        #expect(ShippedProvider.of(server: shipped.server + "/")?.name == name)
        let mapping = try ProviderMapping(shipped.mapping)
        let rent = try #require(mapping.rent)
        let besides = rent.offers.count + rent.before.count + rent.then.count
        #expect(rent.operations.count == besides + 4 && (rent.bootstrap.id == nil) == (name == "local"))
        if let overlay = shipped.overlay { _ = try Overlay(Array(overlay.utf8), file: "overlay") }
    }

    private func rent(_ name: String) throws -> RentMapping {
        let shipped = try #require(ShippedProvider.named(name))
        let mapping = try ProviderMapping(shipped.mapping)
        return try #require(mapping.rent)
    }

    private func offers(_ name: String, _ place: Int, _ answer: JSONValue, _ change: (inout RentWish) -> Void) throws
        -> OfferList
    {
        var wish = RentWish()
        change(&wish)
        let listing = try rent(name).offers[place]
        let suits = try listing.suits(wish)
        #expect(suits)
        return try listing.offers(answer, wish: wish, provider: name, currency: "USD", now: 1_000)
    }

    @Test("RunPod: a GPU in each place that has it, for as many as are wanted; a processor's share of memory")
    func runpod() throws {
        let gpus: JSONValue = [
            "gpus": [
                [
                    "id": "NVIDIA X", "name": "X 90", "memory": 24, "price": ["secure": 0.5, "community": 0],
                    "maxCount": ["secure": 4, "community": 0],
                    "dataCenters": [["id": "A", "availability": "LOW"], ["id": "B", "availability": "SOON"]],
                ],
                [
                    "id": "none", "name": "Y", "memory": 8, "price": ["secure": 1, "community": 1],
                    "maxCount": ["secure": 1],
                ],
            ]
        ]
        let found = try offers("runpod", 0, gpus) { $0.gpus = 2 }.offers
        #expect(found.map(\.id) == ["NVIDIA X/SECURE/A", "NVIDIA X/SECURE/B"])
        #expect(found.map(\.price) == [1, 1] && found.map(\.availability) == [.low, .unknown])
        #expect(
            found[0].vram == 24 << 30 && found[0].gpus == 2 && found[0].cpus == nil && found[0].gpuModel == "X 90"
        )
        #expect(found[0].keep == ["cloud": "SECURE", "gpu": "NVIDIA X", "site": "A"])
        #expect(try offers("runpod", 0, gpus) { $0.gpus = 5 }.offers.isEmpty)
        #expect(try offers("runpod", 1, gpus) { $0.gpus = 1 }.offers.isEmpty)
        let cpus: JSONValue = [
            "cpus": [
                [
                    "id": "cpu5c", "vcpu": ["min": 2, "max": 32], "ramGbPerVcpu": 2, "price": ["securePerVcpu": 0.03],
                    "dataCenters": [["id": "A", "availability": "HIGH"]],
                ]
            ]
        ]
        let small = try offers("runpod", 2, cpus) { $0.cpus = 0.5 }.offers
        #expect(small.map(\.cpus) == [2] && small[0].memory == 4_000_000_000 && small[0].price == 0.06)
        let roomy = try offers("runpod", 2, cpus) { $0.memory = 9_000_000_000 }.offers
        #expect(roomy.map(\.cpus) == [8] && roomy[0].id == "cpu5c/8/A" && roomy[0].availability == .high)
        #expect(try offers("runpod", 2, cpus) { $0.cpus = 33 }.offers.isEmpty)
        let unknown = #expect(throws: CallError.self) { try offers("runpod", 0, ["error": "x"]) { $0.gpus = 1 } }
        #expect(unknown?.code == RentMapping.unreadable)
    }

    @Test("Vast.ai: sizes in its own units, a part of the machine's memory, the country behind the comma")
    func vast() throws {
        let answer: JSONValue = [
            "offers": [
                [
                    "id": 7, "dph_total": 0.35, "num_gpus": 1, "gpu_name": "RTX 4090", "gpu_ram": 24_564,
                    "cpu_ram": 131_072,
                    "gpu_frac": 0.5, "cpu_cores_effective": 16, "disk_space": 500, "geolocation": "Kyiv, UA",
                    "reliability2": 0.99, "duration": 3_600.5, "machine_id": 3, "rentable": true, "rented": false,
                ],
                ["id": 8, "dph_total": "none"], ["id": 9, "dph_total": 1, "rented": true],
            ]
        ]
        let found = try offers("vast", 0, answer) { $0.gpus = 1 }.offers
        #expect(
            found.count == 1 && found[0].id == "7" && found[0].vram == 24_564 << 20 && found[0].memory == 65_536 << 20)
        #expect(found[0].country == "UA" && found[0].expires == 4_600 && found[0].reliability == 0.99 && !found[0].spot)
        let rent = try rent("vast")
        #expect(throws: CallError.self) { try rent.require(["success": false, "msg": "no"], of: "x") }
        try rent.require(["offers": []], of: "x")
        #expect(try rent.id(created: ["success": true, "new_contract": 12]) == "12")
        #expect(try rent.instance(got: ["instances": nil]) == nil)
        for nothing: JSONValue in [[:], "down", nil, ["error": "x"]] {
            #expect(throws: CallError.self) { try rent.instance(got: nothing) }
        }
        let one = try rent.instance(got: ["instances": ["id": 5, "label": "n", "actual_status": nil, "dph_total": 0.4]])
        #expect(one?.id == "5" && one?.status == .provisioning && one?.name == "n" && one?.price == 0.4)
        #expect(throws: CallError.self) { try rent.instances(listed: ["success": true]) }
        #expect(throws: CallError.self) { try rent.instances(listed: ["instances": [["label": "no id"]]]) }
        #expect(
            try rent.instances(listed: ["instances": [["id": 1, "actual_status": "zz"]]]).map(\.status) == [.unknown])
    }

    @Test(
        "what errors mean when something is made",
        arguments: [
            ("runpod", "HTTP_400", ["detail": "no capacity"], .nextOffer, "no capacity"),
            ("runpod", "HTTP_402", nil, .stop, "m"), ("runpod", "HTTP_500", ["title": "oh"], .reconcile, "oh"),
            ("runpod", "HTTP_429", nil, .backOff, "m"), ("runpod", "TIMEOUT", nil, .reconcile, "m"),
            ("runpod", "PROVIDER_ANSWER", nil, .reconcile, "m"), ("runpod", "INVALID_INPUT", nil, .stop, "m"),
            ("vast", "HTTP_400", ["error": "no_ssh_key_for_vm", "msg": "key"], .stop, "key"),
            ("vast", "HTTP_400", ["error": "no_such_ask"], .nextOffer, "no_such_ask"),
            ("vast", "PROVIDER_REFUSED", ["success": false, "error": "no_such_ask"], .nextOffer, "no_such_ask"),
            ("vast", "PROVIDER_REFUSED", ["success": false, "new_contract": 5], .reconcile, "m"),
            ("vast", "RESOURCE_EXHAUSTED", nil, .reconcile, "m"), ("vast", "HTTP_404", "plain", .nextOffer, "m"),
            ("vast", "HTTP_503", nil, .reconcile, "m"),
            (
                "runpod-v1", "HTTP_500", ["error": "There are no longer any instances available"], .nextOffer,
                "There are no longer any instances available"
            ),
            ("runpod-v1", "HTTP_500", ["error": "boom"], .reconcile, "boom"),
        ] as [(String, String, JSONValue?, ErrorMeaning, String)])
    func errors(_ name: String, _ code: String, _ body: JSONValue?, _ meaning: ErrorMeaning, _ words: String) throws {
        var error = CallError(ErrorCode(rawValue: code), "m", retryable: false)
        if let body { error = CallError(ErrorCode(rawValue: code), "m", retryable: false, details: ["body": body]) }
        let found = try rent(name).meaning(of: error, creating: true)
        #expect(found.meaning == meaning && found.words == words)
    }
}
