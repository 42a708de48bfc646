import CallProtocol
import NIOCore
import Synchronization
import TestKit
import Testing

@testable import Operations
@testable import Providers

@Suite("Calls of imported APIs, over the wire")
struct CallingTests {
    private static func document(_ server: FakeHTTPServer, _ paths: String) -> String {
        """
        openapi: 3.1.0
        info: {title: T, version: '1'}
        servers: [{url: '\(server.baseURL)/base'}]
        security: [{key: []}]
        components: {securitySchemes: {key: {type: http, scheme: bearer}}}
        paths:
        \(paths)
        """
    }

    /// Loopback is allowed by whoever imports.
    private static let open = "allowPrivateAddresses: true\n"

    private func with(
        _ paths: String, mapping: String = open, answering handler: @escaping FakeHTTPServer.Handler,
        _ body: (ProviderFixture, FakeHTTPServer) async throws -> Void
    ) async throws {
        try await ProviderFixture.with { fixture in
            try await FakeHTTPServer.with(answering: handler) { server in
                try await fixture.take(Self.document(server, paths)) { $0.mapping = mapping }
                try await body(fixture, server)
            }
        }
    }

    @Test("a request goes out byte for byte as the document says, and its answer comes home")
    func wire() async throws {
        try await with(
            "  /a/{id}/: {put: {operationId: put, parameters: [{name: id, in: path, schema: {}}, {name: q, in: query, schema: {}}], requestBody: {content: {application/json: {}}}}}",
            answering: { _ in .json(["ok": true], status: 201) }
        ) { fixture, server in
            let answer = try await fixture.ask(
                "put", ["path": ["id": "x/y z"], "query": ["q": "a&b"], "body": ["n": 1]])
            #expect(answer == ["ok": true])
            let request = try #require(server.requests.first)
            #expect(request.method == "PUT" && request.target.raw == "/base/a/x%2Fy%20z/?q=a%26b")
            #expect(request.text == #"{"n":1}"# && request.header("content-type") == "application/json")
            #expect(request.bearer == "s3cret" && request.header("host") == "127.0.0.1:\(server.port)")
            fixture.secret.value = "next"
            _ = try await fixture.ask("put", ["path": ["id": "1"]])
            #expect(server.requests.last?.bearer == "next" && server.requests.last?.body.readableBytes == 0)
        }
    }

    @Test("without the secret nothing is sent, and the error names the source and no secret")
    func missingSecret() async throws {
        try await with("  /a: {get: {operationId: get}}", answering: { _ in .json([:]) }) { fixture, server in
            fixture.secret.value = nil
            let error = await fixture.failure("get")
            #expect(
                error?.code == .failedPrecondition && error?.message.contains("env:KEY") == true,
                "\(String(describing: error))")
            fixture.secret.value = "evil\r\nX: y"
            do {
                let error = await fixture.failure("get")
                #expect(error?.message.contains("evil") == false)
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("a redirect is an answer: nothing follows it, least of all the credential", arguments: [301, 302, 307, 308])
    func redirects(_ status: Int) async throws {
        try await FakeHTTPServer.with(answering: { _ in .json(["stolen": true]) }) { other in
            let location = other.baseURL
            try await with(
                "  /a: {get: {operationId: get}, post: {operationId: post}}",
                answering: { _ in FakeResponse(status, headers: [HeaderLine("Location", "\(location)/x")]) }
            ) { fixture, _ in
                for operation in ["get", "post"] {
                    let error = await fixture.failure(operation)
                    #expect(error?.code.rawValue == "HTTP_\(status)" && error?.details?["location"] != nil)
                }
                #expect(other.requests.isEmpty)
            }
        }
    }

    @Test(
        "no value leads to another host, and no path of a document does",
        arguments: [
            "@evil.example", "//evil.example", "\\\\evil.example", "evil.example:80", "..", "%2e%2e", "a?b#c",
            "http://evil.example/", "\u{0}", "\r\nHost: evil",
        ])
    func otherHosts(_ value: String) async throws {
        try await with(
            "  '/{p}': {get: {operationId: get}}\n  '/{+rest}/x': {get: {operationId: rest}}\n  '//evil.example/{p}': {get: {operationId: double}}",
            answering: { _ in .json([:]) }
        ) { fixture, server in
            for (operation, name) in [("get", "p"), ("rest", "rest"), ("double", "p")] {
                let error = await fixture.failure(operation, ["path": [(name): .string(value)]])
                #expect(error == nil || error?.code == .invalidInput, "\(String(describing: error))")
            }
            for request in server.requests {
                #expect(
                    request.header("host") == "127.0.0.1:\(server.port)" && request.target.raw.hasPrefix("/base/"),
                    "\(request)")
                #expect(!request.path.split(separator: "/").contains(".."), "\(request)")
            }
        }
    }

    @Test("an operation's own server gets no credential, unless the mapping allows its origin")
    func ownServer() async throws {
        try await FakeHTTPServer.with(answering: { _ in .json(["there": true]) }) { other in
            let paths = "  /a: {get: {operationId: get, servers: [{url: '\(other.baseURL)'}]}}"
            try await with(paths, answering: { _ in .json([:]) }) { fixture, server in
                do {
                    let error = await fixture.failure("get")
                    #expect(error?.code == .failedPrecondition)
                }
                #expect(other.requests.isEmpty && server.requests.isEmpty)
            }
            try await with(
                paths, mapping: Self.open + "origins: ['\(other.baseURL)']\n", answering: { _ in .json([:]) }
            ) { fixture, _ in
                try await fixture.expect("get", is: ["there": true])
                #expect(other.requests.first?.bearer == "s3cret")
            }
        }
    }

    @Test("an address of this machine or a private network is not called, where only the document names it")
    func privateAddresses() async throws {
        try await with("  /a: {get: {operationId: get}}", mapping: "{}", answering: { _ in .json([:]) }) {
            fixture, server in
            let error = await fixture.failure("get")
            #expect(
                error?.code == .failedPrecondition && error?.message.contains("private address 127.0.0.1") == true,
                "\(String(describing: error))")
            #expect(server.requests.isEmpty)
            try await fixture.take(Self.document(server, "  /a: {get: {operationId: get}}")) {
                $0.server = server.baseURL
            }
            try await fixture.expect("get", is: [:])
            // A document cannot name a socket of the hub's machine either.
            let imported = try await fixture.take(
                "openapi: 3.0.0\nservers: [{url: 'unix:///run/docker.sock'}]\npaths: {/a: {get: {operationId: get}}}")
            #expect(imported.provider.faulty == 1)
        }
    }

    @Test(
        "which addresses are private",
        arguments: [
            ("8.8.8.8", true), ("1.1.1.1", true), ("127.0.0.1", false), ("10.1.2.3", false), ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false), ("169.254.169.254", false), ("100.64.0.1", false), ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("::1", false), ("fe80::1", false), ("fd00:ec2::254", false), ("2606:4700::1111", true),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true), ("64:ff9b::7f00:1", false), ("2002:7f00:1::", false), ("2001:db8::1", false),
            ("ff02::1", false),
        ])
    func addresses(_ text: String, _ isPublic: Bool) throws {
        #expect(AddressGuard.isPublic(try SocketAddress(ipAddress: text, port: 443)) == isPublic)
    }

    @Test("what does no more twice than once is tried again; what may have happened is not, and says so")
    func retries() async throws {
        let failures = Mutex(2)
        try await with(
            "  /a: {get: {operationId: get}, post: {operationId: post}}",
            answering: { _ in
                let fails = failures.withLock { left in
                    defer { left -= 1 }
                    return left > 0
                }
                return fails ? .text("busy", status: 503) : .json(["ok": true])
            }
        ) { fixture, server in
            try await fixture.expect("get", is: ["ok": true])
            #expect(server.requests.count == 3)
            failures.withLock { $0 = 1 }
            let error = await fixture.failure("post")
            #expect(error?.code.rawValue == "HTTP_503" && error?.retryable == false && server.requests.count == 4)
        }
        try await with("  /a: {post: {operationId: post}}", answering: { _ in .noAnswer() }) { fixture, server in
            let error = await fixture.failure("post")
            #expect(
                error?.code == .unavailable && error?.retryable == false && error?.details?["mayHaveHappened"] == true,
                "\(String(describing: error))")
            #expect(server.requests.count == 1)
        }
    }

    @Test("lists in pieces become one, in each manner; a provider that goes round in circles is left")
    func paging() async throws {
        let paths =
            "  /a: {get: {operationId: list, parameters: [{name: after, in: query, schema: {type: string}}, {name: page, in: query, schema: {type: integer}}, {name: offset, in: query, schema: {type: integer}}]}}"
        let handler: FakeHTTPServer.Handler = { request in
            let parameter =
                request.target.parameter("after") ?? request.target.parameter("page")
                ?? request.target.parameter("offset")
            let place = parameter.flatMap { Int($0) } ?? 0
            let items: [JSONValue] = place < 6 ? (place..<min(place + 2, 5)).map { .integer(Int64($0)) } : []
            let next: JSONValue = place + 2 < 5 ? .string("\(place + 2)") : nil
            let link =
                place + 2 < 5
                ? [HeaderLine("Link", "<\(request.path)?after=\(place + 2)>; rel=\"next\", </x>; rel=prev")] : []
            return .json(["items": .array(items), "next": next, "total": 5], headers: link)
        }
        let whole: JSONValue = ["items": [0, 1, 2, 3, 4], "next": "2", "total": 5]
        for manner in [
            "style: cursor, parameter: after, next: /next", "style: offset, parameter: offset", "style: link",
        ] {
            try await with(paths, mapping: Self.open + "paging: {list: {items: /items, \(manner)}}", answering: handler)
            { fixture, _ in
                try await fixture.expect("list", is: whole)
            }
        }
        let cursor = "paging: {list: {items: /items, style: cursor, parameter: after, next: /next}}"
        try await with(paths, mapping: Self.open + cursor, answering: handler) { fixture, server in
            // Who says where is given that piece.
            try await fixture.expect("list", ["query": ["after": "4"]], is: ["items": [4], "next": nil, "total": 5])
            #expect(server.requests.count == 1)
        }
        try await with(paths, mapping: Self.open + cursor, answering: { _ in .json(["items": [1], "next": "same"]) }) {
            fixture, server in
            let error = await fixture.failure("list")
            #expect(error?.message.contains("piece 2 leads back") == true)
            #expect(server.requests.count == 2)
        }
        try await with(paths, mapping: Self.open + cursor, answering: { _ in .json(["rows": []]) }) { fixture, _ in
            let error = await fixture.failure("list")
            #expect(error?.message.contains("no list at `/items`") == true)
        }
        let endless: FakeHTTPServer.Handler = { request in .json(["items": [1], "next": .string("\(request.number)")]) }
        try await with(
            paths,
            mapping: Self.open
                + "paging: {list: {items: /items, style: cursor, parameter: after, next: /next, maxPages: 5}}",
            answering: endless
        ) { fixture, server in
            do {
                let error = await fixture.failure("list")
                #expect(error?.code == .resourceExhausted)
            }
            #expect(server.requests.count == 5)
        }
    }

    @Test("calls keep the distance that the mapping says, and wait as long as the provider asks")
    func pace() async throws {
        try await with(
            "  /a: {get: {operationId: get}}", mapping: Self.open + "minimumInterval: {get: 300ms}",
            answering: { _ in .json([:]) }
        ) { fixture, server in
            for _ in 0..<3 { _ = try await fixture.ask("get") }
            let arrivals = server.requests.map(\.arrival)
            #expect(arrivals[0].duration(to: arrivals[2]) >= .milliseconds(590))
        }
        try await with(
            "  /a: {get: {operationId: get}}",
            answering: { request in
                request.number == 0 ? FakeResponse(429, headers: [HeaderLine("Retry-After", "2")]) : .json(["ok": true])
            }
        ) { fixture, server in
            try await fixture.expect("get", is: ["ok": true])
            let arrivals = server.requests.map(\.arrival)
            #expect(arrivals.count == 2 && arrivals[0].duration(to: arrivals[1]) >= .milliseconds(1_900))
        }
    }

    @Test("an answer that is too long, no JSON, cut off or slow ends the call in words; the body of an error is kept")
    func badAnswers() async throws {
        let paths =
            "  /a: {get: {operationId: get, responses: {'200': {content: {application/json: {}}}}}, post: {operationId: post}}"
        try await with(paths, answering: { _ in .text("<html>", type: "application/json") }) { fixture, _ in
            do {
                let error = await fixture.failure("get")
                #expect(error?.code.rawValue == "PROVIDER_ANSWER")
            }
        }
        try await with(
            paths,
            answering: { _ in
                var cut = FakeResponse.json(["a": "a long answer"])
                cut.ending = .cut(afterBytes: 5)
                return cut
            }
        ) { fixture, _ in
            do {
                let error = await fixture.failure("post")
                #expect(error?.details?["mayHaveHappened"] == true)
            }
        }
        try await with(
            paths, mapping: Self.open + "timeout: 200ms",
            answering: { _ in
                var slow = FakeResponse.json([:])
                slow.delay = .seconds(20)
                return slow
            }
        ) { fixture, _ in
            let error = await fixture.failure("post")
            #expect(error?.code == .timeout && error?.details?["mayHaveHappened"] == true)
        }
        try await with(paths, answering: { _ in .json(["success": false, "msg": "no such ask"], status: 410) }) {
            fixture, _ in
            let error = await fixture.failure("get")
            #expect(error?.message.contains("no such ask") == true && error?.details?["body"]?["success"] == false)
        }
        try await ProviderFixture.with { fixture in
            try await fixture.take("openapi: 3.0.0\npaths: {/a: {get: {operationId: get}}}") {
                $0.server = "http://127.0.0.1:1"
            }
            let error = await fixture.failure("get")
            #expect(
                error?.code == .unavailable && error?.message.contains("cannot connect") == true,
                "\(String(describing: error))")
        }
    }

    @Test("a stream is given on as it comes, and taken up behind its last event when it breaks off")
    func streams() async throws {
        let paths = "  /logs: {get: {operationId: logs, responses: {'200': {content: {text/event-stream: {}}}}}}"
        try await with(
            paths,
            answering: { request in
                let from = request.header("last-event-id").flatMap { Int($0) } ?? 0
                let text = (from + 1...from + 3).map { "retry: 10\nid: \($0)\ndata: {\"n\": \($0)}\n\n" }.joined()
                var response = FakeResponse.text(text, type: "text/event-stream")
                if from < 6 {
                    response = FakeResponse(
                        200,
                        headers: [
                            HeaderLine("Content-Type", "text/event-stream"),
                            HeaderLine("Content-Length", "\(text.utf8.count + 9)"),
                        ], body: .bytes(ByteBuffer(string: text)))
                    response.ending = .cut(afterBytes: text.utf8.count)
                }
                return response
            }
        ) { fixture, server in
            let entry = try #require(try fixture.service.entry("provider.p/logs", for: ProviderFixture.admin))
            guard case .subscription(let body) = entry.handler else {
                Issue.record("no subscription")
                return
            }
            let seen = Mutex<[JSONValue]>([])
            let context = CallContext(id: "1", caller: ProviderFixture.admin, operation: "logs", input: .emptyObject)
            try await body(
                .emptyObject, context,
                OutputSink { value in
                    let value = try value.value(); seen.withLock { $0.append(value) }
                })
            #expect(seen.withLock { $0.map { $0["data"]?["n"]?.integerValue } } == (1...9).map { Int64($0) })
            #expect(server.requests.map { $0.header("last-event-id") } == [nil, "3", "6"])
        }
    }

    @Test("a stream that its caller takes up is taken up there, and one that begins anew each time is left")
    func resumption() async throws {
        let paths =
            "  /logs: {get: {operationId: logs, parameters: [{name: Last-Event-ID, in: header, schema: {type: string}}], responses: {'200': {content: {text/event-stream: {}}}}}}"
        try await with(
            paths,
            answering: { _ in
                let text = "id: 1\ndata: x\nretry: 5\n\n"
                var response = FakeResponse(
                    200,
                    headers: [HeaderLine("Content-Type", "text/event-stream"), HeaderLine("Content-Length", "99")],
                    body: .bytes(ByteBuffer(string: text)))
                response.ending = .cut(afterBytes: text.utf8.count)
                return response
            }
        ) { fixture, server in
            let entry = try #require(try fixture.service.entry("provider.p/logs", for: ProviderFixture.admin))
            guard case .subscription(let body) = entry.handler else {
                Issue.record("no subscription")
                return
            }
            let input = RawJSON(["header": ["Last-Event-ID": "x-0"]])
            let context = CallContext(id: "1", caller: ProviderFixture.admin, operation: "logs", input: input)
            do {
                try await body(input, context, OutputSink { _ in })
                Issue.record("it ended well")
            } catch {}
            #expect(server.requests.count <= 5)
            #expect(server.requests.prefix(2).map { $0.headers.values(of: "last-event-id") } == [["x-0"], ["1"]])
        }
        try await with(paths, answering: { _ in .json(["only": "once"]) }) { fixture, _ in
            let entry = try #require(try fixture.service.entry("provider.p/logs", for: ProviderFixture.admin))
            guard case .subscription(let body) = entry.handler else { return }
            let seen = Mutex<[JSONValue]>([])
            let context = CallContext(id: "1", caller: ProviderFixture.admin, operation: "logs", input: .emptyObject)
            try await body(
                .emptyObject, context,
                OutputSink { value in
                    let value = try value.value(); seen.withLock { $0.append(value) }
                })
            #expect(seen.withLock { $0 } == [["only": "once"]])
        }
    }

    @Test("what a provider repeats of the secret does not come back")
    func redaction() async throws {
        try await with(
            "  /a: {get: {operationId: get}}\n  /b: {get: {operationId: there}}",
            answering: { request in
                if request.path.hasSuffix("/b") {
                    return FakeResponse(302, headers: [HeaderLine("Location", "/x?key=\(request.bearer ?? "")")])
                }
                return .json(["you said": .string(request.header("authorization") ?? "")])
            }
        ) { fixture, _ in
            try await fixture.expect("get", is: ["you said": "Bearer [redacted]"])
            let error = await fixture.failure("there")
            #expect(error?.details?["location"] == "/x?key=[redacted]", "\(String(describing: error))")
        }
    }

    @Test(
        "where the next piece of a list is",
        arguments: [
            ("</v1/a?page=2>; rel=\"next\"", "/v1/a?page=2"), ("<?page=2&f=a,b>; rel=next", "?page=2&f=a,b"),
            ("<x>; rel=prev, <y>; title=\"a\"; rel=\"last next\"", "y"), ("<x>; rel=prev", nil), ("", nil), ("<x", nil),
            ("<x>; rel", nil),
        ] as [(String, String?)])
    func links(_ header: String, _ expected: String?) { #expect(LinkHeader.next(header) == expected) }

    @Test("a list that goes on at another origin is an error, and not a short list")
    func linkElsewhere() async throws {
        try await with(
            "  /a: {get: {operationId: list}}", mapping: Self.open + "paging: {list: {items: \"\", style: link}}",
            answering: { request in
                let link = request.target.rawQuery == nil ? "<?page=2>; rel=next" : "<https://evil.example/a>; rel=next"
                return .json([1], headers: [HeaderLine("Link", link)])
            }
        ) { fixture, server in
            let error = await fixture.failure("list")
            #expect(
                error?.message.contains("evil.example") == true && server.requests.count == 2,
                "\(String(describing: error))")
        }
    }

    @Test("over a Unix socket, with the document's base path")
    func socket() async throws {
        try await withFolder { folder in
            let path = folder + "/api.sock"
            try await FakeHTTPServer.with(at: .unixSocket(path), answering: { _ in .json(["v": 1]) }) { server in
                try await ProviderFixture.with { fixture in
                    try await fixture.take(
                        "swagger: '2.0'\nbasePath: /v1.43\npaths: {/version: {get: {operationId: version}}}"
                    ) {
                        $0.server = "unix://\(path)"
                        $0.credentials = nil
                    }
                    try await fixture.expect("version", is: ["v": 1])
                    #expect(
                        server.requests.first?.target.raw == "/v1.43/version"
                            && server.requests.first?.header("host") == "localhost")
                }
            }
        }
    }
}
