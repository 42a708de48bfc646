import NIOCore
import NIOHTTP1
import TestKit
import Testing

@testable import Proxy

@Suite("HTTP passed on to an endpoint", .serialized)
struct ProxyConnectionTests {
    @Test("a request arrives as it was sent, with who asks, and the next one on the same connections")
    func request() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say(
                    "GET /a?b=%20 HTTP/1.1\r\nHost: App.example:80\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n"
                        + "Connection: x-hop\r\nX-Hop: 1\r\nCookie: k\r\n\r\n")
                let endpoint = try server.accept()
                let request = try endpoint.readMessage(hasBody: false)
                #expect(request.line == "GET /a?b=%20 HTTP/1.1")
                #expect(request["host"] == "App.example:80" && request["x-forwarded-host"] == "App.example:80")
                #expect(request["x-forwarded-for"] == "127.0.0.1" && request["x-forwarded-proto"] == "http")
                #expect(request["forwarded"] == nil && request["x-hop"] == nil && request["cookie"] == "k")
                try endpoint.say("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nConnection: keep-alive\r\nX: y\r\n\r\nhi")
                let answer = try client.readMessage()
                #expect(answer.line == "HTTP/1.1 200 OK" || answer.line == "HTTP/1.1 200 Fine")
                #expect(answer.text == "hi" && answer["x"] == "y" && answer["connection"] == nil)
                try client.say("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try endpoint.readMessage(hasBody: false).line == "GET /next HTTP/1.1")
                try endpoint.say("HTTP/1.1 204 No Content\r\n\r\n")
                #expect(try client.readMessage(hasBody: false).line == "HTTP/1.1 204 No Content")
            }
            #expect(bench.upstream.made == 1)
        }
    }

    @Test("bodies in chunks arrive whole both ways, with what comes behind them")
    func chunks() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say(
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n3\r\nabc\r\n")
                let endpoint = try server.accept()
                // What is there goes on before the rest has come.
                let head = try endpoint.readHead()
                #expect(head.contains("Transfer-Encoding: chunked\r\n") && head.contains("TE: trailers\r\n"))
                #expect(try endpoint.receive(exactly: 8) == Array("3\r\nabc\r\n".utf8))
                try client.say("2\r\nde\r\n0\r\nSum: 1\r\n\r\n")
                #expect(try endpoint.receive(exactly: 20) == Array("2\r\nde\r\n0\r\nSum: 1\r\n\r\n".utf8))
                try endpoint.say(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwxyz\r\n0\r\nEnd: 2\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.text == "wxyz" && answer["end"] == "2")
            }
        }
    }

    @Test("an answer that ends with its connection ends by chunks, or with the connection of an old client")
    func closeDelimited() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                for version in ["1.1", "1.0"] {
                    let client = try bench.connect()
                    try client.say("GET / HTTP/\(version)\r\nHost: a\r\n\r\n")
                    let endpoint = try server.accept()
                    _ = try endpoint.readHead()
                    try endpoint.say("HTTP/1.0 200 OK\r\n\r\nall of it")
                    endpoint.finish()
                    if version == "1.1" {
                        let answer = try client.readMessage()
                        #expect(answer.text == "all of it" && answer["transfer-encoding"] == "chunked")
                    } else {
                        let all = String(decoding: try client.receiveToEnd(), as: UTF8.self)
                        #expect(all.hasPrefix("HTTP/1.0 200 ") && all.hasSuffix("\r\n\r\nall of it"), "\(all)")
                        #expect(all.contains("Connection: close\r\n"))
                    }
                }
            }
        }
    }

    @Test("an old client that asks for it keeps its connection, where the answer says its length")
    func oldKept() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                for _ in 0..<2 { try client.say("GET /x HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n") }
                let endpoint = try server.accept()
                #expect(try endpoint.readHead().contains("\r\nHost: a\r\n"))
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
                let first = try client.readMessage()
                #expect(first.text == "a" && first["connection"] == "keep-alive" && first.line.hasPrefix("HTTP/1.0 "))
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n")
                let second = String(decoding: try client.receiveToEnd(), as: UTF8.self)
                #expect(second.contains("\r\nConnection: close\r\n") && second.hasSuffix("\r\n\r\nb"), "\(second)")
            }
        }
    }

    @Test("an answer to HEAD has a length and no body; the connection goes on")
    func head() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                let answers = ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""]
                try client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                let endpoint = try server.accept()
                for (index, framing) in answers.enumerated() {
                    if index > 0 { try client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") }
                    _ = try endpoint.readHead()
                    try endpoint.say("HTTP/1.1 200 OK\r\n\(framing)\r\n")
                    let answer = try client.readMessage(hasBody: false)
                    #expect(answer["content-length"] == (index == 0 ? "5" : nil))
                }
                try client.say("GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
                // The last of them had nothing to say that its connection may be kept.
                #expect(try server.accept().readHead().hasPrefix("GET /last "))
            }
        }
    }

    @Test("an endpoint that is asked first says to go on, and the body follows")
    func expectation() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                let endpoint = try server.accept()
                #expect(try endpoint.readMessage(hasBody: false)["expect"] == "100-continue")
                try endpoint.say("HTTP/1.1 100 Continue\r\n\r\n")
                #expect(try client.readHead().hasPrefix("HTTP/1.1 100 "))
                try client.say("abc")
                #expect(try endpoint.receive(exactly: 3) == Array("abc".utf8))
                try endpoint.say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
                #expect(try client.readMessage().line == "HTTP/1.1 201 Created")
            }
        }
    }

    @Test("requests that are sent at once are answered in their order")
    func pipelined() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say(["1", "2", "3"].map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                let endpoint = try server.accept()
                for name in ["1", "2", "3"] {
                    #expect(try endpoint.readHead().hasPrefix("GET /\(name) "))
                    try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(name)")
                    #expect(try client.readMessage().text == name)
                }
            }
        }
    }

    @Test("a client that has said all its requests and ended gets all its answers")
    func halfClosed() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say(["1", "2"].map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                client.finish()
                let endpoint = try server.accept()
                for name in ["1", "2"] {
                    #expect(try endpoint.readHead().hasPrefix("GET /\(name) "))
                    try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(name)")
                    #expect(try client.readMessage().text == name)
                }
                #expect(try client.receiveToEnd().isEmpty)
            }
        }
    }

    @Test("a request that takes its own length away, or forges who asks, goes on as what it is")
    func forged() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                let inner = "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n"
                try client.say(
                    "POST /a HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 6.6.6.6\r\nX-REAL_IP: 6.6.6.6\r\n"
                        + "Connection: content-length, host, x-forwarded-for\r\nContent-Length: \(inner.utf8.count)\r\n\r\n"
                        + inner)
                let endpoint = try server.accept()
                let request = try endpoint.readMessage()
                #expect(request.text == inner && request["host"] == "a" && request["x-forwarded-for"] == "127.0.0.1")
                #expect(!request.head.contains("6.6.6.6"), "\(request.head)")
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                _ = try client.readMessage()
                try client.say(
                    "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-For: 6\r\nA: b\r\n\r\n"
                )
                let second = try server.accept()
                let trailed = try second.readMessage()
                #expect(trailed["a"] == "b" && trailed["x-forwarded-for"] == "127.0.0.1", "\(trailed.head)")
            }
        }
    }

    @Test("what cannot be understood behind a good request takes nothing from its answer")
    func garbageBehind() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\u{0}\u{1}garbage\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                #expect(try client.readMessage().text == "ok")
                #expect(try client.readMessage().line.hasPrefix("HTTP/1.1 400 "))
                #expect(try client.receiveToEnd().isEmpty)
            }
        }
    }

    @Test("what is streamed arrives piece by piece, and a client that leaves ends it at the endpoint")
    func streaming() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                _ = try client.readHead()
                for number in 0..<3 {
                    try endpoint.say("data: \(number)\n\n")
                    #expect(try client.readLine() == "9")
                    #expect(try client.receive(exactly: 11) == Array("data: \(number)\n\n\r\n".utf8))
                }
                client.reset()
                #expect {
                    while try !endpoint.receive().isEmpty {}
                    try endpoint.say("data: nobody\n\n")
                    while try !endpoint.receive().isEmpty {}
                    try endpoint.say("data: nobody\n\n")
                } throws: { ($0 as? TCPSocket.Failure)?.isBroken == true }
            }
            try await eventually { bench.upstream.over == 1 }
        }
    }

    @Test("this program's own answers: a body, the rest of the request thrown away, and the next request")
    func local() async throws {
        try await ProxyBench.with(endpoint: 1) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("POST http://local:7480/x?y HTTP/1.1\r\nHost: other\r\nContent-Length: 4\r\n\r\nabcd")
                #expect(try client.readMessage().text == "/x?y 4")
                try client.say("GET / HTTP/1.1\r\nHost: refused\r\nAccept: text/html,*/*\r\n\r\n")
                let refusal = try client.readMessage()
                #expect(refusal.line == "HTTP/1.1 403 Forbidden" && refusal.text.contains("<p>you &lt;may&gt; not</p>"))
                try client.say("POST /z HTTP/1.1\r\nHost: local\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
                #expect(try client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n")
                try client.say("z")
                #expect(try client.readMessage().text == "/z 1")
                try client.say("CONNECT local:1 HTTP/1.1\r\nHost: local\r\n\r\n")
                #expect(try client.readMessage()["connection"] == "close")
                #expect(try client.receiveToEnd().isEmpty)
                let old = try bench.connect()
                try old.say("GET /old HTTP/1.0\r\n\r\n")
                #expect(try String(decoding: old.receiveToEnd(), as: UTF8.self).hasSuffix("\r\n\r\n/old 0"))
            }
        }
    }

    @Test(
        "what cannot be passed on is refused with its reason",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", "400", "there is no Host"),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", "more than one Host"),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400", "the Host is no name"),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "405", "CONNECT"),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501", "gzip"),
            ("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "two lengths"),
            ("GET / HTTP/9.1\r\nHost: a\r\n\r\n", "400", "understood"), ("\u{1}\u{2}\r\n\r\n", "400", "understood"),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "a", count: 100_000) + "\r\n\r\n", "431",
                "too long"
            ),
        ])
    func refused(_ request: String, _ status: String, _ words: String) async throws {
        try await ProxyBench.with(endpoint: 1) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say(request)
                let answer = try client.readMessage()
                #expect(answer.line.hasPrefix("HTTP/1.") && answer.line.contains(" \(status) "), "\(answer.line)")
                #expect(answer.text.contains(words), "\(answer.text)")
            }
        }
    }
}
