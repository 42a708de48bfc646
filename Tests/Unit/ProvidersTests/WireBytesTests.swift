import CallProtocol
import TestKit
import Testing

@testable import Operations
@testable import Providers

/// What a server gets, byte for byte, for each way of writing parameters, bodies and credentials.
@Suite("The bytes of requests")
struct WireBytesTests {
    /// Calls operations of documents that name the recorder as their server.
    private struct Wire {
        let recorder: WireRecorder
        let fixture: ProviderFixture

        /// What a call of the operation `op` puts on the wire, with `HOST` for the recorder's address.
        func sent(_ document: String, _ input: JSONValue) async throws -> String {
            let text = document.replacing("PORT", with: "\(recorder.port)")
            try await fixture.take(text) { $0.mapping = "allowPrivateAddresses: true\n" }
            _ = recorder.take()
            _ = try await fixture.ask("op", input)
            let requests = recorder.take()
            #expect(requests.count == 1, "\(document)")
            return String(decoding: requests.first ?? [], as: UTF8.self)
                .replacing("127.0.0.1:\(recorder.port)", with: "HOST")
        }

        func expect(
            _ document: String, _ input: JSONValue, _ expected: String, _ location: SourceLocation = #_sourceLocation
        ) async throws {
            let got = try await sent(document, input)
            #expect(got == expected, sourceLocation: location)
        }
    }

    private func with(_ body: (Wire) async throws -> Void) async throws {
        try await WireRecorder.with { recorder in
            try await ProviderFixture.with { fixture in
                fixture.secret.value = "s3"
                try await body(Wire(recorder: recorder, fixture: fixture))
            }
        }
    }

    private func document(at path: String = "/x", method: String = "get", _ operation: String, more: String = "")
        -> String
    {
        """
        openapi: 3.1.0
        servers: [{url: 'http://127.0.0.1:PORT/v1'}]
        paths: {'\(path)': {\(method): {operationId: op, \(operation)}}}
        \(more)
        """
    }

    /// A whole request without a body, with lines of its own behind the first.
    private func plain(_ target: String, _ lines: String = "Authorization: Bearer s3\r\n", method: String = "GET")
        -> String
    {
        "\(method) \(target) HTTP/1.1\r\nAccept: application/json, */*;q=0.1\r\n\(lines)User-Agent: capstan\r\nhost: HOST\r\n\r\n"
    }

    @Test("parameters of queries and paths, in every style, and the lists of Swagger 2.0")
    func parameters() async throws {
        try await with { wire in
            for (parameter, value, expected) in WireCases.queries {
                let document = document("parameters: [{name: p, in: query, \(parameter)}]")
                try await wire.expect(document, ["query": ["p": value]], plain("/v1/x?" + expected))
            }
            for (parameter, value, expected) in WireCases.paths {
                let document = document(at: "/x/{p}/y", "parameters: [{name: p, in: path, \(parameter)}]")
                try await wire.expect(document, ["path": ["p": value]], plain("/v1/x/\(expected)/y"))
            }
            for (format, expected) in WireCases.oldLists {
                let document = """
                    swagger: '2.0'
                    schemes: [http]
                    host: '127.0.0.1:PORT'
                    basePath: /v1/
                    paths: {/x: {get: {operationId: op, parameters: [{name: p, in: query, type: array, items: {type: string}, collectionFormat: \(format)}]}}}
                    """
                try await wire.expect(document, ["query": ["p": ["a", "b"]]], plain("/v1/x?" + expected))
            }
        }
    }

    @Test("parameters of the path and the operation, of all places, with a query in the path and a slash at its end")
    func places() async throws {
        try await with { wire in
            let document = """
                openapi: 3.1.0
                servers: [{url: 'http://127.0.0.1:PORT/{base}', variables: {base: {default: v2}}}]
                paths:
                  '/x/{id}/?fixed=1':
                    parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: n, in: query, schema: {type: string}}]
                    post:
                      operationId: op
                      parameters: [{name: n, in: query, schema: {type: integer, default: 9}}, {name: id, in: query, schema: {}}, {name: body, in: query, schema: {}}, {name: X-Trace, in: header, schema: {}}, {name: s, in: cookie, schema: {}}, {name: Authorization, in: header, schema: {}}]
                      requestBody: {content: {application/json: {schema: {type: object, properties: {id: {}, made: {readOnly: true}, size: {default: 3}}}}}}
                """
            let input: JSONValue = [
                "path": ["id": "a/b é"], "query": ["n": 5, "id": "q", "body": "b"], "header": ["X-Trace": "t"],
                "cookie": ["s": "a b;c"], "body": ["id": 7, "made": "now"],
            ]
            try await wire.expect(
                document, input,
                """
                POST /v2/x/a%2Fb%20%C3%A9/?fixed=1&n=5&id=q&body=b HTTP/1.1\r
                X-Trace: t\r
                Cookie: s=a%20b%3Bc\r
                Accept: application/json, */*;q=0.1\r
                Content-Type: application/json\r
                Authorization: Bearer s3\r
                User-Agent: capstan\r
                host: HOST\r
                Content-Length: 8\r
                \r
                {"id":7}
                """)
        }
    }

    @Test("bodies of every kind, an explicit {} and none, and one that goes with DELETE")
    func bodies() async throws {
        func whole(_ type: String, _ body: String, method: String = "POST") -> String {
            """
            \(method) /v1/x HTTP/1.1\r
            Accept: application/json, */*;q=0.1\r
            Content-Type: \(type)\r
            Authorization: Bearer s3\r
            User-Agent: capstan\r
            host: HOST\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        }
        try await with { wire in
            for (type, value, contentType, bytes) in WireCases.texts where !bytes.contains(255) {
                let document = document(method: "post", "requestBody: {content: {\(type): {schema: {}}}}")
                let body = String(decoding: bytes, as: UTF8.self)
                try await wire.expect(document, ["body": value], whole(contentType, body))
            }
            let json =
                "requestBody: {content: {application/vnd.x+json: {schema: {type: object, properties: {a: {default: 1}}}}}}"
            let type = "application/vnd.x+json"
            try await wire.expect(document(method: "post", json), ["body": [:]], whole(type, "{}"))
            try await wire.expect(
                document(method: "delete", json), ["body": ["b": [1]]], whole(type, #"{"b":[1]}"#, method: "DELETE"))
            try await wire.expect(document(method: "delete", json), [:], plain("/v1/x", method: "DELETE"))
            let form =
                "requestBody: {content: {application/x-www-form-urlencoded: {schema: {}, encoding: {d: {style: deepObject}, c: {explode: false}}}}}"
            let fields: JSONValue = ["a": "x y&z", "l": [1, 2], "o": ["k": "v"], "d": ["k": "v"], "c": [1, 2]]
            try await wire.expect(
                document(method: "post", form), ["body": fields],
                whole(
                    "application/x-www-form-urlencoded",
                    "a=x%20y%26z&l=1&l=2&o=%7B%22k%22%3A%22v%22%7D&d%5Bk%5D=v&c=1,2"))
        }
    }

    @Test("parts of a form, each with its head, between boundaries that the head names")
    func parts() async throws {
        try await with { wire in
            let form =
                "requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {f: {type: string, format: binary}}}, encoding: {t: {contentType: text/markdown}}}}}"
            let file: JSONValue = ["base64": "aGk=", "filename": "a\"b", "contentType": "image/png"]
            let got = try await wire.sent(document(method: "post", form), ["body": ["f": file, "t": "# hi"]])
            let boundary = try #require(got.firstMatch(of: #/boundary=(capstan-[0-9]+-[0-9]+)\r\n/#)).1
            let body = """
                --B\r
                Content-Disposition: form-data; name="f"; filename="a%22b"\r
                Content-Type: image/png\r
                \r
                hi\r
                --B\r
                Content-Disposition: form-data; name="t"\r
                Content-Type: text/markdown\r
                \r
                # hi\r
                --B--\r

                """.replacing("--B", with: "--\(boundary)")
            #expect(
                got.hasSuffix(
                    "host: HOST\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body))
        }
    }

    @Test("each way of showing who calls, and nothing where nothing is wanted")
    func credentials() async throws {
        try await with { wire in
            for (security, header) in WireCases.security {
                let document = document("security: \(security)", more: WireCases.schemes)
                try await wire.expect(document, [:], plain("/v1/x", header + "\r\n"))
            }
            let query = document("security: [{query: []}]", more: WireCases.schemes)
            try await wire.expect(query, [:], plain("/v1/x?api%20key=s3", ""))
            for none in ["[]", "[{}]"] {
                try await wire.expect(document("security: \(none)", more: WireCases.schemes), [:], plain("/v1/x", ""))
            }
        }
    }
}
