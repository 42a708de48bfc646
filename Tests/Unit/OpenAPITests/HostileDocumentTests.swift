import CallProtocol
import NIOCore
import Operations
import TestKit
import Testing

@testable import OpenAPI

@Suite("Documents that mean no good")
struct HostileDocumentTests {
    @Test(
        "no document leads to a socket of the hub's machine",
        arguments: [
            "swagger: '2.0'\nschemes: [unix]\nhost: '/run/docker.sock:'\npaths: {/x: {get: {}}}",
            "openapi: 3.0.0\nservers: [{url: 'unix:///run/docker.sock'}]\npaths: {/x: {get: {}}}",
            "openapi: 3.0.0\nservers: [{url: '{s}:///run/docker.sock', variables: {s: {default: unix}}}]\npaths: {/x: {get: {}}}",
            "openapi: 3.0.0\npaths: {/x: {get: {servers: [{url: 'UNIX:///run/docker.sock'}]}}}",
        ])
    func sockets(_ text: String) throws {
        let operation = try #require(try Small.document(text).operations.first)
        #expect(operation.server?.origin.scheme != .unix && operation.fault != nil)
    }

    /// Definitions that consist of each other, twice in each: as many ways as there are letters in this file, squared.
    private static func circle(_ count: Int, _ keyword: String) -> String {
        let schemas = (0..<count).map { number in
            let next = "{$ref: '#/components/schemas/S\((number + 1) % count)'}"
            return
                "    S\(number): {type: object, \(keyword): [\(next), \(next)], properties: {a: \(next), b: {type: array, minItems: 64, items: \(next)}}, required: [a, b], unevaluatedProperties: false}"
        }
        return
            "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\npaths: {/x: {post: {requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}\ncomponents:\n  schemas:\n"
            + schemas.joined(separator: "\n")
    }

    @Test(
        "definitions that consist of each other end: imports, samples, checks and calls", .timeLimit(.minutes(1)),
        arguments: [1, 71], ["allOf", "anyOf"])
    func circles(_ count: Int, _ keyword: String) throws {
        let document = try Small.document(Self.circle(count, keyword))
        let operation = try #require(document.operations.first)
        let builder = RequestBuilder(operation, document.requestSchemas)
        _ = SampleValue.least(builder.schema, with: document.requestSchemas)
        var value: JSONValue = ["z": 1]
        for _ in 0..<3 { value = ["a": value, "b": [value]] }
        _ = Small.refusal(document, ["body": value])
        let diff = DocumentDiff(from: document, to: try Small.document(Self.circle(count, keyword)))
        #expect(diff.isEmpty)
    }

    @Test(
        "no operation is lost: streams beside others of that name, paths that differ only in what a template leaves out"
    )
    func names() throws {
        let document = try Small.paths(
            """
              /a: {get: {operationId: chat, responses: {'200': {content: {application/json: {}, text/event-stream: {}}}}}}
              /b: {get: {operationId: chat.stream}}
              '/?Action=A': {get: {}}
              '/?Action=B': {get: {}}
              '/c/{+x}': {get: {}}
              '/c/{x}': {get: {}}
              /d: {$ref: '#/paths/~1e'}
              /e: {get: {}}
            """)
        #expect(document.operations.count == 9)
        #expect(Set(document.operations.map(\.name)).count == 9)
        #expect(document.operations.first { $0.path == "/b" }?.name == "chat.stream")
    }

    @Test("reserved characters pass in queries alone: no value of a path or a cookie leads out of its place")
    func reserved() throws {
        let document = try Small.paths(
            "  /f/{p}: {get: {parameters: [{name: p, in: path, allowReserved: true, schema: {}}, {name: c, in: cookie, allowReserved: true, schema: {}}]}}\n"
        )
        let request = try Small.request(document, ["path": ["p": "a/../../admin?x=1"], "cookie": ["c": "v; s=evil"]])
        #expect(
            request.target == "/v1/f/a%2F..%2F..%2Fadmin%3Fx%3D1" && request.header("cookie") == "c=v%3B%20s%3Devil")
    }

    @Test("a body goes in the form that it fits, and in no other")
    func forms() throws {
        let document = try Small.paths(
            "  /x: {post: {requestBody: {content: {application/json: {schema: {type: object}}, text/plain: {schema: {type: string}}}}}}\n"
        )
        let text = try Small.request(document, ["body": "hello"])
        #expect(text.header("content-type") == "text/plain" && Small.text(text.body) == "hello")
        #expect(
            Small.refusal(document, ["body": "hello", "contentType": "application/json"]).contains(
                "body: expected an object"))
        let file = try Small.paths(
            "  /x: {post: {requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {f: {type: string, format: binary}}}}}}}}\n"
        )
        #expect(Small.text(try Small.request(file, ["body": ["f": "hi"]]).body)?.contains("filename=\"f\"") == true)
    }

    @Test("a scheme that is none is not asked for")
    func schemes() throws {
        let document = try Small.document(
            "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\npaths: {/x: {get: {security: [{bad: []}]}}}\ncomponents: {securitySchemes: {bad: {type: apiKey, in: nowhere, name: k}}}"
        )
        #expect(document.operations.first?.security == .unsaid)
        #expect(document.defects.contains { $0.message.contains("bad is not one") })
    }

    @Test("an event that broke off is not taken for one that came")
    func brokenEvent() throws {
        var stream = ResponseStream(.events)
        #expect(try stream.feed(ByteBuffer(string: "id: 1\ndata: a\n\nid: 2\ndata: two-fi")).count == 1)
        #expect(stream.lastID == "1")
    }
}
