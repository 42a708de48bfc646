import CallProtocol
import NIOCore
import Operations
import TestKit
import Testing

@testable import OpenAPI

@Suite("Answers")
struct ResponseTests {
    private func reader(_ responses: String, method: String = "get") throws -> ResponseReader {
        let document = try Small.paths("  /x: {\(method): {operationId: op, responses: {\(responses)}}}\n")
        return ResponseReader(try #require(document.operations.first), document.responseSchemas)
    }

    private func head(_ status: Int, _ type: String? = nil, _ more: [(String, String)] = []) -> IncomingHead {
        IncomingHead(
            status: status, headers: (type.map { [.init("content-type", $0)] } ?? []) + more.map { .init($0.0, $0.1) })
    }

    @Test(
        "JSON, text, bytes, nothing, and what leads elsewhere",
        arguments: [
            (200, "application/json", "{\"a\":1}", ["a": 1]),
            (201, "application/vnd.x+json; charset=utf-8", "[1]", [1]),
            (204, nil, "", nil), (200, "application/json", "", nil), (200, "text/plain", "hi", "hi"),
            (206, "application/octet-stream", "hi", ["base64": "aGk=", "contentType": "application/octet-stream"]),
            (200, nil, "{\"a\":1}", ["a": 1]), (302, nil, "", ["location": "/there"]), (304, nil, "", nil),
        ] as [(Int, String?, String, JSONValue)])
    func values(_ status: Int, _ type: String?, _ body: String, _ expected: JSONValue) throws {
        let reader = try reader("'200': {content: {application/json: {}}}, '302': {}, '304': {}")
        let more = status == 302 ? [("Location", "/there")] : []
        #expect(try reader.value(head(status, type, more), Array(body.utf8)) == expected)
    }

    @Test("the exact status counts before its range, in either case, and that before the default")
    func choice() throws {
        let reader = try reader(
            "'404': {description: exact}, '4xx': {description: range}, 5XX: {description: fives}, default: {description: other}"
        )
        #expect(reader.declared(404)?.summary == "exact" && reader.declared(409)?.summary == "range")
        #expect(reader.declared(503)?.summary == "fives" && reader.declared(302)?.summary == "other")
        #expect(!reader.isSuccess(302) && reader.isSuccess(226) && !reader.isSuccess(404))
    }

    @Test(
        "errors keep their status, words and body; whether they may be tried again follows from method and status",
        arguments: [
            ("get", 404, "application/problem+json", #"{"title":"Gone","detail":"no pod p1"}"#, "no pod p1", false),
            ("get", 500, "application/json", #"{"success":false,"error":"x","msg":"it broke"}"#, "it broke", true),
            ("post", 500, "application/json", #"{"error":{"code":"c","message":"nested"}}"#, "nested", false),
            ("post", 429, "text/plain", "API requests too frequent", "API requests too frequent", true),
            ("delete", 503, "text/html", "<html><b>down</b>", "answered 503", true),
            ("get", 400, nil, "", "said by the document", false),
            ("get", 400, "application/json", "{broken", "{broken", false),
            (
                "get", 422, "application/json", #"{"detail":[{"loc":["a"],"msg":"field required"}]}"#, "field required",
                false
            ),
        ] as [(String, Int, String?, String, String, Bool)])
    func errors(_ method: String, _ status: Int, _ type: String?, _ body: String, _ words: String, _ retryable: Bool)
        throws
    {
        let reader = try reader("'400': {description: said by the document}", method: method)
        let error = reader.error(head(status, type), Array(body.utf8))
        #expect(
            error.code.rawValue == "HTTP_\(status)" && error.message.contains(words) && error.retryable == retryable,
            "\(error)")
        #expect(error.details?["status"] == .integer(Int64(status)))
    }

    @Test("an error's body is kept, cut where it is long; JSON that is none is an error of its own")
    func bodies() throws {
        let reader = try reader("'200': {content: {application/json: {schema: {type: object, required: [a]}}}}")
        let long = reader.error(head(500, "text/plain"), [UInt8](repeating: 0x61, count: 1 << 20))
        #expect(long.details?["body"]?.stringValue?.utf8.count == 16 << 10 && long.message.utf8.count < 1_000)
        #expect(throws: CallError.self) { try reader.value(head(200, "application/json"), Array("<html>".utf8)) }
        #expect(reader.deviations(["b": 1], status: 200).map(\.path) == ["a"])
        #expect(try reader.value(head(200, "application/json"), Array("{\"b\":1}".utf8)) == ["b": 1])
    }

    @Test(
        "how long to wait",
        arguments: [
            ([("Retry-After", "7")], 7_000), ([("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")], 37_000),
            ([("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], 0),
            ([("Retry-After", "999999999999999999")], 3_600_000),
            ([("RateLimit", "\"m\";r=0;t=30")], 30_000), ([("RateLimit", "\"m\";r=4;t=30")], nil),
            ([("RateLimit", "limit=10, remaining=0, reset=3")], 3_000),
            ([("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "5")], 5_000), ([("Retry-After", "soon")], nil),
            ([], nil),
        ] as [([(String, String)], Int64?)])
    func pauses(_ headers: [(String, String)], _ expected: Int64?) {
        let now: Int64 = 784_111_740_000
        #expect(
            RetryRule.pause(IncomingHead(status: 429, headers: headers.map { .init($0.0, $0.1) }), now: now) == expected
        )
    }

    @Test("events come whole, however their bytes are cut, with ids, pauses and data of several lines")
    func events() throws {
        let text =
            "\u{FEFF}: hello\n\nid: 1\ndata: {\"a\":1}\n\nevent: log\rdata: zwei €\rdata:  drei\r\rid\ndata\n\r\nretry: 250\r\nid: 9\r\ndata: x\r\n\r\ndata: never ended\n"
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            var stream = ResponseStream(.events)
            var found: [JSONValue] = []
            for piece in random.split(ByteBuffer(string: text)) { found += try stream.feed(piece) }
            #expect(
                found == [
                    ["event": "message", "data": ["a": 1], "id": "1"],
                    ["event": "log", "data": "zwei €\n drei", "id": "1"],
                    ["event": "message", "data": ""], ["event": "message", "data": "x", "id": "9"],
                ])
            #expect(stream.lastID == "9" && stream.retryMs == 250)
        }
    }

    @Test("values one behind the other, by lines and by separators", arguments: [StreamForm.lines, .sequence])
    func values(_ form: StreamForm) throws {
        let text = form == .lines ? "{\"a\":1}\n\n[2]\r\n\"€\"" : "\u{1E}{\"a\":\n1}\n\u{1E}\u{1E}[2]\n\u{1E}\"€\""
        var random = SeededRandom(seed: 8)
        for _ in 0..<100 {
            var stream = ResponseStream(form)
            var found: [JSONValue] = []
            for piece in random.split(ByteBuffer(string: text)) { found += try stream.feed(piece) }
            if let last = try stream.finish() { found.append(last) }
            #expect(found == [["a": 1], [2], "€"])
        }
        var broken = ResponseStream(form)
        #expect(throws: StreamError.self) { try broken.feed(ByteBuffer(string: "\u{1E}{no\n\u{1E}")) }
    }

    @Test("an operation that can answer at once and go on and on is both; one that only goes on is a subscription")
    func kinds() throws {
        let document = try Small.paths(
            """
              /logs: {get: {operationId: logs, responses: {'200': {content: {application/json: {}, text/event-stream: {}}}}}}
              /tail: {get: {operationId: tail, responses: {'200': {content: {application/x-ndjson: {}}}}}}
              /said: {post: {operationId: said, x-capstan-stream: json-lines, responses: {'200': {}}}}
              /make: {put: {operationId: make}}
            """)
        let kinds = document.operations.map { "\($0.name) \($0.kind.rawValue) \($0.stream?.rawValue ?? "-")" }
        #expect(
            kinds == [
                "logs query -", "logs.stream subscription sse", "make mutation -", "said subscription json-lines",
                "tail subscription json-lines",
            ])
        let builders = document.operations.prefix(2).map { RequestBuilder($0, document.requestSchemas) }
        #expect(try builders[0].request([:], boundary: "b").header("accept") == "application/json, */*;q=0.1")
        #expect(try builders[1].request([:], boundary: "b").header("accept") == "text/event-stream, */*;q=0.1")
    }
}
