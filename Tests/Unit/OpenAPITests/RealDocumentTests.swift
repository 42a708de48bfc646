import CallProtocol
import Foundation
import Operations
import Testing

@testable import OpenAPI

/// Documents of real providers, where a copy of them lies beside the repository.
enum RealDocuments {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../../shared/openapi").standardizedFileURL

    static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// With the number of operations that a script of a few lines, which knows nothing of this code, counted in each.
    static let counts: [(path: String, operations: Int)] = [
        ("runpod/openapi-v1.json", 37), ("runpod/openapi-v2.json", 53), ("vastai/openapi.yaml", 100),
        ("vastai/openapi-older.json", 86), ("lambda/openapi.json", 37), ("fly/openapi.yaml", 34),
        ("docker/v1.43.yaml", 107),
    ]

    static func read(_ path: String) throws -> ImportedDocument {
        let file = folder.appendingPathComponent(path)
        let files = try DocumentFiles(root: file.lastPathComponent) { name in
            try? [UInt8](Data(contentsOf: file.deletingLastPathComponent().appendingPathComponent(name)))
        }
        return try DocumentImporter.read(files, server: ServerURL("http://127.0.0.1:1"))
    }
}

@Suite("Documents of real providers", .enabled(if: RealDocuments.isThere))
struct RealDocumentTests {
    @Test("every operation is there, with a name of its own, and can be called", arguments: RealDocuments.counts)
    func counts(_ document: (path: String, operations: Int)) throws {
        let imported = try RealDocuments.read(document.path)
        let once = imported.operations.filter { !$0.name.hasSuffix(".stream") }
        #expect(once.count == document.operations, "\(document.path)")
        #expect(Set(imported.operations.map(\.name)).count == imported.operations.count)
        for operation in imported.operations { #expect(operation.fault == nil, "\(operation.name)") }
    }
}

extension RealDocumentTests {
    @Test(
        "the least valid input of every operation makes a request that is as the document says",
        arguments: RealDocuments.counts)
    func requests(_ document: (path: String, operations: Int)) throws {
        let imported = try RealDocuments.read(document.path)
        for operation in imported.operations {
            let builder = RequestBuilder(operation, imported.requestSchemas)
            let input = SampleValue.least(builder.schema, with: imported.requestSchemas)
            let violations = builder.schema.validate(input, with: imported.requestSchemas)
            #expect(violations.isEmpty, "\(document.path) \(operation.name): \(input) \(violations)")
        }
    }
}
