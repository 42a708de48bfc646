import CallProtocol
import Core
import Foundation
import Mapping
import Market
import OpenAPI
import TestKit
import Testing

@testable import Operations
@testable import Providers

@Suite("The page on mappings")
struct MappingPageTests {
    /// The YAML of the worked example.
    private static func example() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "Docs/mappings.md"), encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst()
        return try #require(blocks.first?.components(separatedBy: "```").first)
    }

    @Test(
        "its example can be read, fits the maker's document, and understands its answers",
        .enabled(if: RealDocuments.isThere))
    func lambda() async throws {
        let (root, read) = RealDocuments.read("lambda/openapi.json")
        let text = String(decoding: try #require(read(root)), as: UTF8.self)
        let mapping = try Self.example()
        try await ProviderFixture.with { fixture in
            var input = ProviderImportInput(name: "p", root: root, files: [.init(path: root, text: text)])
            (input.mapping, input.credentials) = (mapping, ["env:KEY"])
            let imported = try JSONCoding.decode(
                ProviderImported.self, from: try await fixture.call("provider/import", try JSONCoding.encode(input)))
            #expect(imported.provider.mapping == "own" && imported.provider.rents)
            #expect(imported.defects.filter { $0.message.contains("mapping") }.isEmpty)
            let provider = try #require(fixture.service.provider("p"))
            let rent = try #require(provider.mapping.rent)
            let answer: JSONValue = [
                "data": [
                    "gpu_1x_a10": [
                        "instance_type": [
                            "name": "gpu_1x_a10", "gpu_description": "A10 (24 GB PCIe)", "price_cents_per_hour": 75,
                            "specs": ["vcpus": 30, "memory_gib": 200, "storage_gib": 1_400, "gpus": 1],
                        ], "regions_with_capacity_available": [["name": "us-west-1"], ["name": "us-east-1"]],
                    ]
                ]
            ]
            var wish = RentWish()
            wish.gpus = 1
            let offers = try rent.offers[0].offers(answer, wish: wish, provider: "p", currency: rent.currency, now: 0)
                .offers
            #expect(offers.map(\.price) == [0.75, 0.75] && offers[0].memory == 200 << 30)
            #expect(wish.met(by: offers).count == 2)
            let order = RentOrder(
                name: "capstan-x", offer: try #require(offers.first), image: "", disk: 1, env: [:], command: [],
                script: "true")
            let calls = [
                (rent.offers[0].call, ["want": wish.json]), (rent.create, order.names), (rent.get, ["id": "7"]),
                (rent.list, [:]),
                (rent.terminate, ["id": "7"]),
            ]
            for (call, names) in calls {
                let operation = try #require(provider.operations[call.operation])
                _ = try operation.builder.request(try call.input(names), boundary: "b")
            }
            let full = CallError(
                ErrorCode(rawValue: "HTTP_400"), "m",
                details: [
                    "body": [
                        "error": ["code": "instance-operations/launch/insufficient-capacity", "message": "none left"]
                    ]
                ])
            let meant = rent.meaning(of: full, creating: true)
            #expect(meant.meaning == .nextOffer && meant.words == "none left")
        }
    }
}
