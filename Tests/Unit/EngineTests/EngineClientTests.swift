import CallProtocol
import NIOCore
import TestKit
import Testing

@testable import Engine

@Suite("The engine's client, over a real socket")
struct EngineClientTests {
    private func with(
        _ script: @escaping FakeEngine.Script, _ body: (EngineClient, FakeEngine) async throws -> Void
    ) async throws {
        try await FakeEngine.with(script) { engine, group in
            try await body(EngineClient(EngineAddress(path: engine.path), group: group), engine)
        }
    }

    @Test("asks with a body and reads the answer, in pieces as it comes")
    func value() async throws {
        try await with { request in
            [
                .text("HTTP/1.1 200 OK\r\nContent-Le"), .pause, .text("ngth: 9\r\n\r\n{\"a\":"), .pause,
                .text("\"\(request.text.count)\"}"),
            ]
        } _: { client, engine in
            let request = EngineRequest(
                .post, "/x", query: [(name: "name", value: "a b/&=ü")], body: .json(["k": "v"]))
            #expect(try await client.speaking("1.41").value(request)["a"] == "9")
            let seen = try #require(engine.requests.first)
            #expect(seen.method == "POST" && seen.query["name"] == "a b/&=ü" && seen.text == #"{"k":"v"}"#)
        }
    }

    @Test("tells a refusal in the engine's words", arguments: [400, 404, 409, 500])
    func refused(status: Int) async throws {
        try await with { _ in
            [.json(#"{"message":"because"}"#, status: status)]
        } _: { client, _ in
            await #expect(throws: EngineError.refused(status: status, message: "because")) {
                try await client.value(EngineRequest(.get, "/x"))
            }
        }
    }

    @Test(
        "tells what is no answer, and never hangs or crashes",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":", "HTTP/1.1 2", "",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{a}",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":",
        ])
    func nonsense(answer: String) async throws {
        try await with { _ in
            [.text(answer)]
        } _: { client, _ in
            await #expect(throws: EngineError.self) { try await client.value(EngineRequest(.get, "/x")) }
        }
    }

    @Test("says why nothing answers: no socket, nobody at it, not for this user")
    func unreachable() async throws {
        try await FakeEngine.with { _ in
            []
        } _: { engine, group in
            let missing = EngineClient(EngineAddress(path: engine.path + ".not"), group: group)
            await #expect(throws: EngineError.unreachable(missing.address, reason: EngineClient.noSocket)) {
                try await missing.value(EngineRequest(.get, "/x"))
            }
        }
    }

    @Test("speaks plain bytes both ways after an upgrade, also those that came with its head")
    func upgrade() async throws {
        try await with { _ in
            [.text("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly"), .pause, .text("late")]
        } _: {
            client, engine in
            var request = EngineRequest(.post, "/exec/1/start", body: .json([:]))
            request.upgrades = true
            let heard = try await client.ask(request) { answer in
                #expect(answer.status == 101)
                return String(buffer: try await answer.whole())
            }
            #expect(heard == "earlylate")
            #expect(engine.requests.first?.headers["upgrade"] == "tcp")
        }
    }

    @Test("sends a long body while the answer is waited for, and reads a refusal that comes early")
    func upload() async throws {
        try await with { request in
            [.json(#"{"got":\#(request.body.readableBytes)}"#)]
        } _: { client, _ in
            var request = EngineRequest(.put, "/archive")
            request.body = .streamed(contentType: "application/x-tar")
            try await client.upload(request) { output in
                for _ in 0..<64 { try await output.write(ByteBuffer(repeating: 7, count: 16_384)) }
            } _: { answer in
                let text = String(buffer: try await answer.whole())
                #expect(text == #"{"got":1048576}"#)
            }
        }
    }

    @Test("a cancelled request is over at once")
    func cancelled() async throws {
        try await with { _ in
            [.open, .hold]
        } _: { client, _ in
            let asking = Task { try await client.value(EngineRequest(.get, "/x")) }
            try await Task.sleep(for: .milliseconds(50))
            asking.cancel()
            await #expect(throws: (any Error).self) { try await asking.value }
        }
    }

    @Test("values that come one after the other are read as they come")
    func values() async throws {
        try await with { _ in
            [
                .chunked, .chunk(Array("{\"n\":1}\n{\"n\":".utf8)), .pause, .chunk(Array("2}\r\n\n{\"n\":3}".utf8)),
                .lastChunk,
            ]
        } _: { client, _ in
            var seen: [Int64] = []
            try await client.ask(EngineRequest(.get, "/events")) { answer in
                try await answer.values { value in
                    seen.append(value["n"]?.integerValue ?? 0)
                    return true
                }
            }
            #expect(seen == [1, 2, 3])
        }
    }
}

@Suite("Which version of the API is spoken")
struct NegotiationTests {
    private func negotiate(_ version: String) async throws -> EngineIdentity? {
        var identity: EngineIdentity?
        try await FakeEngine.with {
            $0.path == "/version" ? [.json(version)] : []
        } _: { engine, group in
            identity = try await EngineClient(EngineAddress(path: engine.path), group: group).negotiate().identity
        }
        return identity
    }

    @Test("the newest that both know")
    func newest() async throws {
        let old = try await negotiate(
            #"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Components":[{"Name":"Engine"}]}"#)
        #expect(old?.api.description == "1.41" && old?.product == .docker)
        let new = try await negotiate(
            #"{"Version":"29.0.0","ApiVersion":"1.52","MinAPIVersion":"1.44","Components":[{"Name":"Engine"}]}"#)
        #expect(new?.api == EngineIdentity.newest)
        let podman = try await negotiate(
            #"{"Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24","Components":[{"Name":"Podman Engine"}]}"#)
        #expect(podman?.product == .podman)
    }

    @Test(
        "none where the engine is too old, too new, or no engine",
        arguments: [
            #"{"Version":"19.03.0","ApiVersion":"1.40","MinAPIVersion":"1.12"}"#,
            #"{"Version":"99.0.0","ApiVersion":"1.99","MinAPIVersion":"1.90"}"#, #"{"hello":"world"}"#, "[]",
            #"{"Version":"1","ApiVersion":"one"}"#,
        ])
    func unusable(version: String) async throws {
        await #expect(throws: EngineError.self) { _ = try await negotiate(version) }
    }

    @Test("versions are compared number by number")
    func order() throws {
        #expect(try #require(APIVersion("1.9")) < #require(APIVersion("1.41")))
        #expect(APIVersion("1") == nil && APIVersion("1.x") == nil && APIVersion("-1.2") == nil)
    }
}

@Suite("Where an engine is")
struct EngineAddressTests {
    @Test("a Unix socket by its path, and nothing else")
    func parsing() throws {
        #expect(try EngineAddress(parsing: "unix:///run/d.sock").path == "/run/d.sock")
        for text in [
            "tcp://10.0.0.1:2375", "unix://d.sock", "/run/d.sock", "unix://", "ssh://host",
            "unix:///" + String(repeating: "x", count: 200),
        ] {
            #expect(throws: EngineAddress.Mistake.self) { _ = try EngineAddress(parsing: text) }
        }
    }

    @Test("the user's own places come after the system's")
    func usual() {
        let paths = EngineAddress.usual(environment: ["XDG_RUNTIME_DIR": "/run/user/7"]).map(\.path)
        #expect(
            paths == [
                "/var/run/docker.sock", "/run/podman/podman.sock", "/run/user/7/docker.sock",
                "/run/user/7/podman/podman.sock",
            ])
    }
}
