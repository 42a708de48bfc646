import CallProtocol
import Operations
import Testing

@testable import OpenAPI

/// Small documents, written where they are used.
enum Small {
    /// Reads YAML as a document of one file.
    static func document(_ yaml: String, server: String? = nil) throws -> ImportedDocument {
        let value = try DocumentReader.read(Array(yaml.utf8), file: "small.yaml")
        return try DocumentImporter.read(
            DocumentFiles(value, path: "small.yaml"), server: server.flatMap(ServerURL.init))
    }

    /// A document of OpenAPI 3.1 with these paths (and whatever else stands at the margin behind them).
    static func paths(_ yaml: String) throws -> ImportedDocument {
        try document("openapi: 3.1.0\nservers: [{url: 'https://api.example/v1'}]\npaths:\n" + yaml)
    }

    /// The request that the only operation makes of an input.
    static func request(_ document: ImportedDocument, _ input: JSONValue = [:]) throws -> OutgoingRequest {
        let operation = try #require(document.operations.first)
        return try RequestBuilder(operation, document.requestSchemas).request(input, boundary: "BOUNDARY")
    }

    /// What is wrong with an input, in words.
    static func refusal(_ document: ImportedDocument, _ input: JSONValue = [:]) -> String {
        do {
            let made = try request(document, input)
            return "made \(made.target)"
        } catch { return (error as? CallError)?.message ?? "\(error)" }
    }

    static func text(_ body: [UInt8]?) -> String? { body.map { String(decoding: $0, as: UTF8.self) } }
}
