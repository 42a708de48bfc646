import CallProtocol
import NIOCore
import OpenAPI
import Operations

/// An API's document from elsewhere, as JSON or YAML: imported whole, every definition made, an input made for every
/// operation, and a request of it.
enum DocumentTarget {
    static let target = FuzzTarget(
        name: "document", largest: 16_384, allowance: .seconds(8),
        words: Seeds.jsonWords + [
            "openapi: 3.1.0\n", "swagger: '2.0'\n", "paths:\n", "get:", "post:", "parameters:", "in: path", "in: query",
            "in: body",
            "name: ", "schema:", "$ref: '#/components/schemas/A'", "$ref: '#/paths/~1a'", "requestBody:", "content:",
            "responses:",
            "application/json:", "multipart/form-data:", "text/event-stream:", "type: object", "type: array", "items:",
            "properties:",
            "nullable: true", "readOnly: true", "allOf:", "oneOf:", "style: deepObject", "explode: false", "servers:",
            "security:",
            "&a ", "*a", "<<: *a", "? ", "unevaluatedProperties: false", "x-capstan-stream: sse", "operationId: ",
            "collectionFormat: multi",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        guard
            case .success(let files) = attempt(
                DocumentError.self, { try DocumentFiles(root: "f") { $0 == "f" ? bytes : nil } }),
            case .success(let document) = attempt(DocumentError.self, { try DocumentImporter.read(files) })
        else { return }
        must(Set(document.operations.map(\.name)).count == document.operations.count, "names are distinct")
        for operation in document.operations.prefix(32) {
            must(!operation.name.isEmpty && operation.name.utf8.count <= 110, "`\(operation.name)` is a name")
            let builder = RequestBuilder(operation, document.requestSchemas)
            _ = document.requestSchemas.whole(builder.schema).json
            _ = document.responseSchemas.whole(ResponseReader(operation, document.responseSchemas).output).json
            let input = SampleValue.least(builder.schema, with: document.requestSchemas)
            guard case .success(let request) = attempt(CallError.self, { try builder.request(input, boundary: "b") })
            else { continue }
            must(
                request.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F },
                "`\(request.target)` can stand in a request line")
            // What the document itself says is its own matter; no value may add to it.
            let said = operation.path + (operation.server?.basePath ?? "")
            let isUp = request.target.prefix { $0 != "?" }.split(separator: "/").contains("..")
            must(!isUp || said.split(separator: "/").contains(".."), "`\(request.target)` leads up")
            for header in request.headers {
                must(!header.value.utf8.contains { $0 < 0x20 && $0 != 9 }, "a header is one line")
            }
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let texts = [
            """
            openapi: 3.1.0
            servers: [{url: 'https://a.example/v1'}]
            paths:
              /a/{id}:
                parameters: [{name: id, in: path, required: true, schema: {$ref: '#/components/schemas/A'}}]
                get: {operationId: get, parameters: [{name: q, in: query, style: deepObject, schema: {type: object}}], responses: {'200': {content: {text/event-stream: {}, application/json: {schema: {$ref: '#/components/schemas/N'}}}}}}
                post: {requestBody: {required: true, content: {multipart/form-data: {schema: {type: object, properties: {f: {type: string, format: binary}}}}}}}
            components:
              schemas:
                A: &a {type: string, nullable: true, minLength: 1}
                B: *a
                N: {type: object, required: [n], properties: {n: {$ref: '#/components/schemas/N'}, r: {type: string, readOnly: true}}, unevaluatedProperties: false}
            """,
            """
            swagger: '2.0'
            host: a.example
            basePath: /v1
            consumes: [application/json]
            paths:
              /x: {post: {parameters: [{name: b, in: body, schema: {$ref: '#/definitions/D'}}, {name: l, in: query, type: array, items: {type: integer}, collectionFormat: multi}], responses: {200: {schema: {type: file}}}}}
              /y: {$ref: '#/paths/~1x'}
            definitions: {D: {allOf: [{$ref: '#/definitions/D'}], x-nullable: true, type: object, items: {type: string}}}
            """,
            #"{"openapi":"3.0.3","servers":[{"url":"/v2"}],"paths":{"/{+all}?a=b":{"delete":{"operationId":"a b","requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object"},"encoding":{"a":{"explode":false}}}}},"security":[{"k":[]}]}}},"components":{"securitySchemes":{"k":{"type":"apiKey","in":"query","name":"k"}}}}"#,
        ]
        return texts.map { Array($0.utf8) }
    }
}

/// An overlay, and a document that it changes: two texts with a NUL between them.
enum OverlayTarget {
    static let target = FuzzTarget(
        name: "overlay", allowance: .seconds(4),
        words: [
            "overlay: 1.0.0\n", "actions:\n", "- {target: ", "$..", "$.a[?@.b == 'c']", "[*]", "[::-1]", "remove: true",
            "update: {",
            "&& ", "|| ", "!@.a", "['a','b']", "\0",
        ],
        seeds: {
            [
                "overlay: 1.0.0\nactions: [{target: '$..a[?@.b > 1 && !@.c]', remove: true}, {target: $, update: {x: [1]}}]\0{\"a\":[{\"b\":2},{\"b\":1}],\"x\":[0]}"
            ]
            .map { Array($0.utf8) }
        },
        run: { bytes in
            let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let value = try? JSONParser.parse(Array(halves[1])),
                case .success(let overlay) = attempt(DocumentError.self, { try Overlay(Array(halves[0]), file: "o") })
            else { return }
            let once = overlay.applied(to: value)
            must(once.unmatched.count <= halves[0].count, "no more targets than were said")
        })
}

/// A stream of events or values, in two pieces.
enum StreamTarget {
    static let target = FuzzTarget(
        name: "stream",
        words: ["data: ", "id: ", "event: ", "retry: 10", "\n\n", "\r\n", "\r", "\u{1E}", "{\"a\":1}", "\u{FEFF}"],
        seeds: {
            ["id: 1\ndata: {\"a\":1}\ndata: x\n\nretry: 5\n\n", "{\"a\":1}\n[2]\n", "\u{1E}1\n\u{1E}{}\n"].map {
                Array($0.utf8)
            }
        },
        run: { bytes in
            for form in StreamForm.allCases {
                func read(_ pieces: [ArraySlice<UInt8>]) -> [JSONValue]? {
                    var stream = ResponseStream(form)
                    var found: [JSONValue] = []
                    for piece in pieces {
                        guard let values = try? stream.feed(ByteBuffer(bytes: piece)) else { return nil }
                        found += values
                    }
                    return found
                }
                let half = bytes.count / 2
                must(read([bytes[...]]) == read([bytes[..<half], bytes[half...]]), "pieces make no difference")
            }
        })
}
