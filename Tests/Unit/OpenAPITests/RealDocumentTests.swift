import CallProtocol
import Operations
import TestKit
import Testing

@testable import OpenAPI

@Suite("Documents of real providers", .enabled(if: RealDocuments.isThere))
struct RealDocumentTests {
    private func read(_ path: String) throws -> ImportedDocument {
        let (root, bytes) = RealDocuments.read(path)
        return try DocumentImporter.read(
            DocumentFiles(root: root, read: bytes), server: ServerURL("http://127.0.0.1:1"))
    }

    @Test("every operation is there, with a name of its own, and can be called", arguments: RealDocuments.counts)
    func counts(_ document: (path: String, operations: Int)) throws {
        let imported = try read(document.path)
        let once = imported.operations.filter { !$0.name.hasSuffix(".stream") }
        #expect(once.count == document.operations, "\(document.path)")
        #expect(Set(imported.operations.map(\.name)).count == imported.operations.count)
        for operation in imported.operations { #expect(operation.fault == nil, "\(operation.name)") }
    }

    @Test("the least input of every operation is valid by its schema", arguments: RealDocuments.counts)
    func samples(_ document: (path: String, operations: Int)) throws {
        let imported = try read(document.path)
        for operation in imported.operations {
            let builder = RequestBuilder(operation, imported.requestSchemas)
            let input = SampleValue.least(builder.schema, with: imported.requestSchemas)
            let violations = builder.schema.validate(input, with: imported.requestSchemas)
            #expect(violations.isEmpty, "\(document.path) \(operation.name): \(input) \(violations)")
        }
    }

    @Test(
        "the examples of the format's makers are read, also of several files and of 3.2",
        arguments: [
            ("v2.0_json_petstore-expanded.json", 4), ("v2.0_json_uber.json", 5), ("v3.0_api-with-examples.yaml", 2),
            ("v3.0_callback-example.yaml", 1), ("v3.0_link-example.yaml", 6), ("v3.0_petstore-expanded.yaml", 4),
            ("v3.0_petstore.yaml", 3), ("v3.0_uspto.yaml", 3), ("v3.1_tictactoe.yaml", 3),
            ("v3.1_webhook-example.yaml", 0), ("v3.1_non-oauth-scopes.yaml", 1), ("v3.2_3.2-tags-example.yaml", 4),
            ("petstore-separate/spec/swagger.yaml", 4),
        ])
    func examples(_ path: String, _ count: Int) throws {
        let imported = try read("oai-examples/" + path)
        #expect(imported.operations.count == count, "\(imported.operations.map(\.name))")
    }
}
