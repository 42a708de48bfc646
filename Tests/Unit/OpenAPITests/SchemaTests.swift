import CallProtocol
import Operations
import Testing

@testable import OpenAPI

@Suite("Schemas of every edition as JSON Schema 2020-12")
struct SchemaTests {
    private func schema(_ text: String, version: String = "3.0.0") throws -> (JSONSchema, ImportedDocument) {
        let document = try Small.document(
            "openapi: \(version)\nservers: [{url: 'https://a.example'}]\npaths: {/x: {post: {requestBody: {content: {application/json: {schema: \(text)}}}}}}\n"
                + "components: {schemas: {A: {type: string}, Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}}}\n"
        )
        let body = try #require(document.operations.first?.body)
        return (body.forms[0].schema, document)
    }

    @Test(
        "null, however an edition says it",
        arguments: [
            "{type: string, nullable: true}", "{type: string, x-nullable: true}", "{type: [string, 'null']}",
            "{type: [string, null]}",
            "{type: string, nullable: true, enum: [a]}", "{anyOf: [{type: string}, {type: 'null'}]}",
            "{allOf: [{$ref: '#/components/schemas/A'}], nullable: true}",
            "{$ref: '#/components/schemas/A', nullable: true}",
        ])
    func nulls(_ text: String) throws {
        let (schema, document) = try schema(text)
        for value in [.null, "a"] as [JSONValue] {
            #expect(schema.validate(value, with: document.requestSchemas).isEmpty, "\(value)")
        }
        #expect(!schema.validate(3, with: document.requestSchemas).isEmpty)
    }

    @Test(
        "bounds that are truths, figures that are texts, types that are none, items of objects",
        arguments: [
            ("{minimum: 3, exclusiveMinimum: true}", [4], [3]), ("{maximum: 3, exclusiveMaximum: true}", [2], [3]),
            ("{minimum: 3, exclusiveMinimum: false}", [3], [2]), ("{exclusiveMinimum: 3}", [4], [3]),
            ("{type: integer, minimum: '3'}", [3], [2]), ("{type: int}", [3], ["x"]), ("{type: any}", [3, "x"], []),
            ("{type: object, items: {type: string}}", [["a": "b"]], [["a": 1]]),
            ("{type: array, items: [{type: string}, {type: integer}]}", [["a", 1]], [["a", "b"]]),
            ("{type: object, required: true, properties: {a: {type: string, required: true}}}", [[:]], [["a": 1]]),
            ("{enum: a}", ["a"], ["b"]), ("{type: [number, integer]}", [1, 1.5], ["x"]),
            ("{properties: nonsense, minLength: -1, pattern: [1], oneOf: 3}", [[:], "x"], []),
            ("nonsense", [1, "x"], []),
        ] as [(String, [JSONValue], [JSONValue])])
    func old(_ text: String, _ good: [JSONValue], _ bad: [JSONValue]) throws {
        let (schema, document) = try schema(text)
        for value in good { #expect(schema.validate(value, with: document.requestSchemas).isEmpty, "\(text) \(value)") }
        for value in bad { #expect(!schema.validate(value, with: document.requestSchemas).isEmpty, "\(text) \(value)") }
    }

    @Test("circles end: each definition is made once, and a value is checked as deep as it goes")
    func circles() throws {
        let (schema, document) = try schema("{$ref: '#/components/schemas/Node'}")
        #expect(
            schema.validate(["next": ["next": ["next": 3]]], with: document.requestSchemas).map(\.path) == [
                "next.next.next"
            ])
        #expect(document.requestSchemas.definitions(of: [schema]).map(\.name) == ["Node"])
        let whole = document.requestSchemas.whole(schema)
        #expect(!whole.validate(["next": 3]).isEmpty && whole.json["$defs"]?["Node"] != nil)
    }

    @Test("a $ref in an example, a default or an enum is data, and one to any place is followed")
    func references() throws {
        let document = try Small.document(
            """
            openapi: 3.1.0
            servers: [{url: 'https://a.example'}]
            paths:
              /a~b/{x}:
                get:
                  parameters: [{name: 'q', in: query, schema: {type: object, default: {$ref: '#/nowhere'}, example: {$ref: '#/nowhere'}, enum: [{$ref: '#/nowhere'}]}}]
              /b:
                get: {parameters: [{name: q, in: query, schema: {$ref: '#/paths/~1a~0b~1%7Bx%7D/get/parameters/0/schema', description: own}}]}
              /c: {get: {$ref: '#/paths/~1b/get'}}
            """)
        #expect(document.defects.allSatisfy { !$0.message.contains("nowhere") })
        for path in ["/b", "/c"] {
            let operation = try #require(document.operations.first { $0.path == path })
            let schema = try #require(operation.parameters.first?.schema)
            #expect(schema.keywords.description == "own")
            #expect(schema.validate(["$ref": "#/nowhere"], with: document.requestSchemas).isEmpty)
            #expect(!schema.validate(["other": 1], with: document.requestSchemas).isEmpty)
        }
    }

    @Test("what a schema leads to and is not there allows anything, and says so")
    func missing() throws {
        let (schema, document) = try schema("{$ref: '#/components/schemas/Gone'}")
        #expect(schema.validate(3, with: document.requestSchemas).isEmpty)
        #expect(
            document.defects.contains {
                $0.message.contains("leads nowhere: #/components/schemas/Gone") && $0.severity == .warning
            })
    }
}
