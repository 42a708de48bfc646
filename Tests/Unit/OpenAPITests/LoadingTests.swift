import CallProtocol
import Operations
import Testing

@testable import OpenAPI

@Suite("Documents and their files")
struct LoadingTests {
    private func files(_ files: [String: String], root: String = "api.yaml") throws -> DocumentFiles {
        try DocumentFiles(root: root) { path in files[path].map { Array($0.utf8) } }
    }

    @Test("files that refer to each other are read, as far as they are in the folder")
    func severalFiles() throws {
        let document = try files([
            "api.yaml": """
            openapi: 3.0.3
            servers: [{url: 'https://a.example'}]
            paths:
              /pets: {$ref: 'parts/pets.yaml#/item'}
              /out: {get: {parameters: [{$ref: '../secret.yaml'}], responses: {}}}
              /url: {get: {requestBody: {$ref: 'https://elsewhere.example/x.yaml'}, responses: {}}}
            """,
            "parts/pets.yaml": """
            item:
              get:
                operationId: pets
                parameters: [{$ref: 'more/limit.json#/a~1b%20c'}]
                responses: {'200': {content: {application/json: {schema: {$ref: '#/pet'}}}}}
            pet: {type: object, properties: {next: {$ref: '#/pet'}, name: {type: string}}}
            """,
            "parts/more/limit.json": #"{"a/b c": {"name": "limit", "in": "query", "schema": {"type": "integer"}}}"#,
            "../secret.yaml": "name: x",
        ])
        let imported = try DocumentImporter.read(document)
        let pets = try #require(imported.operations.first { $0.name == "pets" })
        #expect(pets.parameters.map(\.name) == ["limit"] && pets.fault == nil)
        let schema = try #require(pets.responses.first?.contents.first?.schema)
        #expect(
            schema.validate(["next": ["next": ["name": 3]]], with: imported.responseSchemas).map(\.path) == [
                "next.next.name"
            ])
        let out = try #require(imported.operations.first { $0.path == "/out" })
        #expect(out.fault == "one of its parameters is not defined")
        #expect(imported.operations.first { $0.path == "/url" }?.fault == nil)
    }

    @Test("a file that is missing or damaged is told, and the rest is read")
    func damagedFile() throws {
        let document = try files([
            "api.yaml": """
            openapi: 3.0.3
            servers: [{url: 'https://a.example'}]
            paths:
              /a: {get: {responses: {'200': {$ref: 'gone.yaml'}}}}
              /b: {get: {responses: {'200': {$ref: 'bad.yaml#/x'}}}}
            """, "bad.yaml": "x: [",
        ])
        let imported = try DocumentImporter.read(document)
        #expect(imported.operations.count == 2)
        #expect(imported.defects.contains { $0.message.contains("gone.yaml") })
        #expect(imported.defects.contains { $0.message.contains("bad.yaml") })
        #expect(
            imported.defects.contains {
                $0.pointer == "/paths/~1a/get/responses/200" && $0.message.contains("leads nowhere")
            })
    }

    @Test(
        "what is no API document is refused in words",
        arguments: [
            ("[]", "an object is needed"), ("{}", "neither `openapi` nor `swagger`"), ("swagger: 1.2", "Swagger 1.2"),
            ("openapi: 4.0.0", "OpenAPI 4.0.0"), ("just words", "an object is needed"),
        ])
    func refused(_ text: String, _ words: String) {
        do {
            _ = try Small.document(text)
            Issue.record("it was read")
        } catch { #expect("\(error)".contains(words), "\(error)") }
    }

    @Test(
        "each edition is known, also as a number",
        arguments: [
            ("swagger: 2.0", Dialect.swagger2), ("openapi: 3.0", .openAPI30), ("openapi: 3.1.1", .openAPI31),
            ("openapi: 3.2.0", .openAPI31),
        ])
    func editions(_ text: String, _ dialect: Dialect) throws {
        #expect(try Small.document(text).dialect == dialect)
    }

    @Test("a reference in a circle of parameters or paths ends, and is told")
    func circles() throws {
        let imported = try Small.document(
            """
            openapi: 3.0.0
            servers: [{url: 'https://a.example'}]
            paths:
              /a: {$ref: '#/paths/~1b'}
              /b: {$ref: '#/paths/~1a'}
              /c: {get: {parameters: [{$ref: '#/components/parameters/X'}]}}
            components: {parameters: {X: {$ref: '#/components/parameters/X'}}}
            """)
        #expect(imported.operations.map(\.path) == ["/c"])
        #expect(imported.defects.count { $0.message.contains("circle") } == 3)
    }
}
