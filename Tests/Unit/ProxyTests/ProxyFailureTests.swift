import NIOCore
import TestKit
import Testing

@testable import Proxy

@Suite("HTTP when something breaks on the way", .serialized)
struct ProxyFailureTests {
    @Test("an endpoint that is away is 502 with the step that failed, and the connection goes on")
    func away() async throws {
        try await ProxyBench.with(endpoint: 1) { bench in
            try await blocking {
                let client = try bench.connect()
                for _ in 0..<2 {
                    try client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    let answer = try client.readMessage()
                    #expect(answer.line == "HTTP/1.1 502 Bad Gateway")
                    #expect(answer["capstan-tunnel-step"] == "endpoint_reachable")
                    #expect(answer.text.contains("The step that failed: endpoint_reachable"))
                    #expect(answer.text.contains("Connection refused"))
                }
                try client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\nthe beginning")
                #expect(try client.readMessage().line == "HTTP/1.1 502 Bad Gateway")
            }
        }
    }

    @Test(
        "a connection that the endpoint closed between two requests is made anew, and nothing is sent twice that may not be"
    )
    func closedBetween() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
                let first = try server.accept()
                _ = try first.readHead()
                try first.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                _ = try client.readMessage()
                // It reads the second request and dies of it.
                try client.say("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try first.readHead()
                first.reset()
                let second = try server.accept()
                #expect(try second.readHead().hasPrefix("GET /2 "))
                try second.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                _ = try client.readMessage()
                try client.say("POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
                let third = try server.accept()
                #expect(try third.readMessage().text == "ab")
                third.reset()
                #expect(try client.readMessage().line == "HTTP/1.1 502 Bad Gateway")
            }
            #expect(bench.upstream.made == 3)
        }
    }

    @Test(
        "an answer that breaks off is a reset for its client, and no end", arguments: ["", "Content-Length: 100\r\n"])
    func brokenAnswer(_ framing: String) async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\n\(framing)\r\nsome of it")
                _ = try client.readHead()
                if framing.isEmpty { endpoint.reset() } else { endpoint.finish() }
                #expect { try client.receiveToEnd() } throws: { ($0 as? TCPSocket.Failure)?.isBroken == true }
            }
        }
    }

    @Test("an answer that comes before the end of a long body reaches its client")
    func earlyAnswer() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            let client = try bench.connect()
            let sending = Task {
                try await blocking {
                    try client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
                    for _ in 0..<50 { try client.send([UInt8](repeating: 7, count: 20_000)) }
                }
            }
            try await blocking {
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
                endpoint.finish()
                let answer = try client.readMessage()
                #expect(answer.line.contains(" 413 ") && answer.text == "no\n")
            }
            _ = await sending.result
        }
    }

    @Test("a client that asks on and on and reads no answer is not answered on and on")
    func neverReads() async throws {
        try await ProxyBench.with(endpoint: 1) { bench in
            let client = try bench.connect()
            let sent = Recorder<Int>()
            let asking = Task {
                try await blocking {
                    let requests = Array(
                        String(repeating: "GET / HTTP/1.1\r\nHost: refused\r\n\r\n", count: 1_000).utf8)
                    while true {
                        try client.send(requests)
                        sent.add(requests.count)
                    }
                }
            }
            try await eventually {
                let before = sent.count
                try? await Task.sleep(for: .milliseconds(300))
                return before > 0 && sent.count == before
            }
            // What the system holds of both directions, and not more.
            #expect(sent.all.reduce(0, +) < 12_000_000)
            client.reset()
            _ = await asking.result
        }
    }

    @Test("a client that does not read holds up its own answer alone, and a bounded part of it")
    func stalledReader() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            let (stalled, other) = (try bench.connect(), try bench.connect())
            let sent = Recorder<Int>()
            let flood = Task {
                try await blocking {
                    try stalled.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    let endpoint = try server.accept()
                    _ = try endpoint.readHead()
                    try endpoint.say("HTTP/1.1 200 OK\r\n\r\n")
                    while true {
                        try endpoint.send([UInt8](repeating: 1, count: 100_000))
                        sent.add(100_000)
                    }
                }
            }
            try await eventually {
                let before = sent.count
                try? await Task.sleep(for: .milliseconds(200))
                return before > 0 && sent.count == before
            }
            #expect(sent.count < 400)
            try await blocking {
                try other.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                #expect(try other.readMessage().text == "ok")
            }
            stalled.reset()
            _ = await flood.result
        }
    }
}
