import TestKit
import Testing

@testable import Proxy

@Suite("Connections that go on with another protocol", .serialized)
struct ProxyUpgradeTests {
    private func upgraded(
        _ bench: ProxyBench, _ server: TCPSocket, early: String = ""
    ) throws -> (client: TCPSocket, endpoint: TCPSocket) {
        let client = try bench.connect()
        try client.say("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n")
        let endpoint = try server.accept()
        let request = try endpoint.readMessage(hasBody: false)
        #expect(request["connection"] == "Upgrade" && request["upgrade"] == "websocket")
        try endpoint.say(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\(early)")
        let answer = try client.readMessage(hasBody: false)
        #expect(answer.line.contains(" 101 ") && answer["upgrade"] == "websocket", "\(answer.head)")
        return (client, endpoint)
    }

    @Test("any bytes pass both ways, those at once behind the answer too; halves end each by itself")
    func bytes() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let (client, endpoint) = try upgraded(bench, server, early: "\u{1}first")
                #expect(try client.receive(exactly: 6) == Array("\u{1}first".utf8))
                try client.say("GET is no request any more\r\n\r\n")
                #expect(try endpoint.receive(exactly: 30) == Array("GET is no request any more\r\n\r\n".utf8))
                let much = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                try endpoint.send(Array(much.prefix(100_000)))
                #expect(try client.receive(exactly: 100_000) == Array(much.prefix(100_000)))
                client.finish()
                #expect(try endpoint.receive().isEmpty)
                try endpoint.say("still here")
                endpoint.finish()
                #expect(try client.receiveToEnd() == Array("still here".utf8))
            }
            try await eventually { bench.upstream.over == 1 }
        }
    }

    @Test("what the client says before it is answered reaches the endpoint behind its answer", arguments: [3, 200_000])
    func earlyClient(_ count: Int) async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            let client = try bench.connect()
            let early = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 3) }
            let saying = Task {
                try await blocking {
                    let head = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                    try client.send(Array(head.utf8) + early)
                }
            }
            try await blocking {
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst")
                #expect(try client.readHead().contains(" 101 "))
                #expect(try client.receive(exactly: 5) == Array("first".utf8))
                #expect(try endpoint.receive(exactly: count) == early)
            }
            try await saying.value
        }
    }

    @Test(
        "an endpoint that ends first still gets all that the client says, and no reset",
        arguments: [0, 1_000, 3_000_000])
    func endpointEndsFirst(_ count: Int) async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            let (client, endpoint) = try await blocking { try upgraded(bench, server) }
            let much = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            endpoint.finish()
            let none = try await blocking { try client.receiveToEnd() }
            #expect(none.isEmpty)
            let sending = Task {
                try await blocking {
                    try client.send(much)
                    client.finish()
                }
            }
            let all = try await blocking { try endpoint.receiveToEnd() }
            #expect(all == much)
            try await sending.value
        }
    }

    @Test("a client that has ended and reads slowly gets all that the endpoint said before it ended")
    func slowReader() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            let (client, endpoint) = try await blocking { try upgraded(bench, server) }
            let much = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            client.finish()
            let sending = Task {
                try await blocking {
                    try endpoint.send(much)
                    endpoint.finish()
                }
            }
            var got: [UInt8] = []
            while got.count < much.count {
                let part = try await blocking { try client.receive() }
                if part.isEmpty { break }
                got += part
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(got == much)
            let rest = try await blocking { try client.receiveToEnd() }
            #expect(rest.isEmpty)
            try await sending.value
        }
    }

    @Test("megabytes pass while both sides read", .timeLimit(.minutes(1)))
    func many() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            let (client, endpoint) = try await blocking { try upgraded(bench, server) }
            let much = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for (from, to) in [(client, endpoint), (endpoint, client)] {
                let sending = Task { try await blocking { try from.send(much) } }
                #expect(try await blocking { try to.receive(exactly: much.count) } == much)
                try await sending.value
            }
        }
    }

    @Test("a reset of either side is a reset of the other", arguments: [true, false])
    func reset(_ isOfClient: Bool) async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let (client, endpoint) = try upgraded(bench, server)
                (isOfClient ? client : endpoint).reset()
                #expect { try (isOfClient ? endpoint : client).receiveToEnd() } throws: {
                    ($0 as? TCPSocket.Failure)?.isBroken == true
                }
            }
        }
    }

    @Test("an endpoint that will not is heard, and HTTP/2 without encryption is not asked for")
    func declined() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say(
                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n"
                )
                let endpoint = try server.accept()
                let request = try endpoint.readMessage(hasBody: false)
                #expect(request["upgrade"] == nil && request["connection"] == nil && request["http2-settings"] == nil)
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
                let answer = try client.readMessage()
                #expect(answer.text == "no" && answer["connection"] == "close")
                #expect(try client.receiveToEnd().isEmpty)
            }
        }
    }
}
