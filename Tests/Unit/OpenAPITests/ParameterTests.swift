import CallProtocol
import TestKit
import Testing

@testable import OpenAPI

@Suite("Parameters on the wire")
struct ParameterTests {
    private func target(_ parameter: String, _ value: JSONValue, in place: String, path: String = "/x") throws -> String
    {
        let document = try Small.paths("  '\(path)': {get: {parameters: [{name: p, in: \(place), \(parameter)}]}}\n")
        return try Small.request(document, [(place): ["p": value]]).target
    }

    @Test("every style of a query, with its default for explode", arguments: WireCases.queries)
    func query(_ parameter: String, _ value: JSONValue, _ expected: String) throws {
        #expect(try target(parameter, value, in: "query") == "/v1/x?" + expected)
    }

    @Test("every style of a path", arguments: WireCases.paths)
    func path(_ parameter: String, _ value: JSONValue, _ expected: String) throws {
        #expect(try target(parameter, value, in: "path", path: "/x/{p}/y") == "/v1/x/\(expected)/y")
    }

    @Test("no value can lead out of its segment", arguments: ["", ".", "..", "a/../b", "a//b", "/a"])
    func segments(_ value: String) throws {
        let plain = try Small.paths("  /x/{p}/y: {get: {parameters: [{name: p, in: path, schema: {}}]}}\n")
        let spanning = try Small.paths("  '/x/{+p}/y': {get: {parameters: [{name: p, in: path, schema: {}}]}}\n")
        if value.contains("/") {
            #expect(try !Small.request(plain, ["path": ["p": .string(value)]]).target.contains("/../"))
            #expect(try Small.request(plain, ["path": ["p": .string(value)]]).target.split(separator: "/").count == 4)
        } else {
            #expect(Small.refusal(plain, ["path": ["p": .string(value)]]).contains("path.p"))
        }
        #expect(Small.refusal(spanning, ["path": ["p": .string(value)]]).contains("path.p: must not make a segment"))
    }

    @Test("the lists of Swagger 2.0", arguments: WireCases.oldLists)
    func swagger(_ format: String, _ expected: String) throws {
        let document = try Small.document(
            """
            swagger: '2.0'
            host: api.example
            basePath: /v1/
            paths: {/x: {get: {parameters: [{name: p, in: query, type: array, items: {type: string}, collectionFormat: \(format)}]}}}
            """)
        #expect(try Small.request(document, ["query": ["p": ["a", "b"]]]).target == "/v1/x?" + expected)
    }

    @Test("those of the path are taken over, the operation's own count before them, each place for itself")
    func merging() throws {
        let document = try Small.paths(
            """
              /x/{id}:
                parameters:
                  - {name: id, in: path, required: true, schema: {type: string}}
                  - {name: limit, in: query, schema: {type: string}}
                post:
                  parameters:
                    - {name: limit, in: query, required: true, schema: {type: integer}}
                    - {name: id, in: query, schema: {type: string}}
                    - {name: body, in: query, schema: {type: string}}
                    - {name: X-Trace, in: header, schema: {type: string}}
                    - {name: s, in: cookie, schema: {type: string}}
                    - {name: Accept, in: header, schema: {type: string}}
                    - {name: content-type, in: header, schema: {type: string}}
                    - {name: Authorization, in: header, schema: {type: string}}
                  requestBody: {content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}
            """)
        let request = try Small.request(
            document,
            [
                "path": ["id": "p"], "query": ["limit": 5, "id": "q", "body": "b"], "header": ["X-Trace": "t"],
                "cookie": ["s": "a b;c"], "body": ["id": 7],
            ])
        #expect(request.target == "/v1/x/p?limit=5&id=q&body=b")
        #expect(request.header("x-trace") == "t" && request.header("cookie") == "s=a%20b%3Bc")
        #expect(Small.text(request.body) == #"{"id":7}"#)
        #expect(document.defects.count { $0.severity == .note && $0.message.contains("not a parameter's to set") } == 3)
        #expect(
            Small.refusal(document, ["path": ["id": "p"], "query": ["limit": "5"]]).contains(
                "query.limit: expected a whole number"))
        #expect(Small.refusal(document, ["path": ["id": "p"], "query": ["limt": 5]]).contains("did you mean `limit`?"))
        #expect(Small.refusal(document, [:]).contains("path: is required and missing"))
        let injected: JSONValue = ["path": ["id": "p"], "query": ["limit": 1], "header": ["X-Trace": "a\r\nX-Evil: 1"]]
        #expect(Small.refusal(document, injected).contains("header.X-Trace"))
    }

    @Test(
        "a query in the path stays, and what is not declared in the path is any text; one with a default may be left out"
    )
    func oddPaths() throws {
        let fixed = try Small.paths("  '/x?action=start': {post: {parameters: [{name: a, in: query, schema: {}}]}}\n")
        #expect(try Small.request(fixed, ["query": ["a": 1]]).target == "/v1/x?action=start&a=1")
        #expect(try Small.request(fixed).target == "/v1/x?action=start")
        let strange = try Small.paths("  '/x?a=b\" {c} é%20#d': {get: {}}\n")
        #expect(try Small.request(strange).target == "/v1/x?a=b%22%20%7Bc%7D%20%C3%A9%20")
        let undeclared = try Small.paths("  /x/{id}/{rest*}: {get: {}}\n")
        #expect(try Small.request(undeclared, ["path": ["id": "a/b", "rest": "c/d"]]).target == "/v1/x/a%2Fb/c/d")
        let fallback = try Small.paths(
            "  /x/{v}: {get: {parameters: [{name: v, in: path, schema: {default: v2}}, {name: q, in: query, schema: {default: 9}}]}}\n"
        )
        #expect(try Small.request(fallback).target == "/v1/x/v2")
        let useless = try Small.paths("  /x: {get: {parameters: [{name: v, in: path, schema: {}}]}}\n")
        #expect(try Small.request(useless).target == "/v1/x")
        let slash = try Small.paths("  /x/{id}/: {get: {}}\n")
        #expect(try Small.request(slash, ["path": ["id": 1]]).target == "/v1/x/1/")
    }
}
