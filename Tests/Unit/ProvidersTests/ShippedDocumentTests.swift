import CallProtocol
import Mapping
import Market
import OpenAPI
import TestKit
import Testing

@testable import Operations
@testable import Providers

/// The mappings that come with Capstan, held against the makers' documents.
@Suite("Mappings and the documents that they are for", .enabled(if: RealDocuments.isThere))
struct ShippedDocumentTests {
    private static let documents = [
        ("runpod", "runpod/openapi-v2.json"), ("runpod-v1", "runpod/openapi-v1.json"), ("vast", "vastai/openapi.yaml"),
    ]

    @Test("every call is of an operation that is there, with an input that its schema takes", arguments: documents)
    func inputs(_ name: String, _ path: String) async throws {
        let (root, read) = RealDocuments.read(path)
        let text = String(decoding: try #require(read(root)), as: UTF8.self)
        try await ProviderFixture.with { fixture in
            var input = ProviderImportInput(name: "p", root: root, files: [.init(path: root, text: text)])
            input.credentials = ["env:KEY"]
            let imported = try JSONCoding.decode(
                ProviderImported.self, from: try await fixture.call("provider/import", try JSONCoding.encode(input)))
            #expect(imported.provider.mapping == "builtin:\(name)" && imported.provider.rents)
            // Nothing that the mapping or the overlay speaks of is missing.
            #expect(
                imported.defects.filter { $0.message.contains("mapping") || $0.message.contains("overlay") }.isEmpty)
            let provider = try #require(fixture.service.provider("p"))
            let rent = try #require(provider.mapping.rent)
            for (call, names) in try Self.calls(rent) {
                let operation = try #require(provider.operations[call.operation])
                let made = try operation.builder.request(try call.input(names), boundary: "b")
                #expect(made.method == operation.operation.method, "\(call.operation)")
            }
        }
    }

    /// Each call, with everything that its input may be made of.
    private static func calls(_ rent: RentMapping) throws -> [(MappedCall, [String: JSONValue])] {
        var calls: [(MappedCall, [String: JSONValue])] = []
        for gpus in [0, 1, 8] {
            for spot in [false, true] {
                var wish = RentWish()
                (wish.gpus, wish.spot, wish.maxPrice, wish.vram) = (gpus, spot, 1.5, 24 << 30)
                calls += try rent.offers.filter { try $0.suits(wish) }.map { ($0.call, ["want": wish.json]) }
            }
        }
        let keeps: [JSONValue] = [
            ["gpu": "NVIDIA GeForce RTX 4090", "cloud": "SECURE", "site": "EU-SE-1", "machine": 1],
            ["cpu": "cpu5c", "count": 4, "site": "EU-SE-1"],
        ]
        for keep in keeps where keep["cpu"] == nil || rent.create.operation == "createPod" {
            var offer = Offer(id: "7", provider: "p", price: 0.5, currency: "USD")
            (offer.gpus, offer.keep) = (keep["cpu"] == nil ? 1 : 0, keep)
            let order = RentOrder(
                name: "capstan-x", offer: offer, image: "debian:stable-slim", disk: 20 << 30,
                env: ["CAPSTAN_JOIN": "t"], command: ["sh", "-c", "echo $X"], script: "echo")
            calls.append((rent.create, order.names))
        }
        let one: [String: JSONValue] = ["id": "7", "name": "capstan-x"]
        return calls + [(rent.get, one), (rent.list, [:]), (rent.terminate, one)]
    }
}
