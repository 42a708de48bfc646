import NIOCore
import TestKit
import Testing

@testable import Proxy

@Suite("Clients that keep the proxy waiting", .serialized)
struct SlowClientTests {
    private func quick(_ settings: inout ProxySettings) {
        settings.patience.idle = .milliseconds(600)
        settings.patience.head = .milliseconds(400)
        settings.patience.stream = .milliseconds(600)
        (settings.patience.window, settings.patience.bytes) = (.milliseconds(400), 10_000)
    }

    @Test("one that says nothing is let go, and costs no connection to the endpoint")
    func silent() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port, quick) { bench in
            try await blocking {
                let client = try bench.connect()
                #expect(try client.receiveToEnd().isEmpty)
            }
            #expect(bench.upstream.made == 0)
        }
    }

    @Test("one that sends its head byte by byte is told, and cut off")
    func slowHead() async throws {
        try await ProxyBench.with(endpoint: 1, quick) { bench in
            let client = try bench.connect()
            let trickle = Task {
                for byte in "GET / HTTP/1.1\r\nHost: a\r\nA: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".utf8 {
                    try await blocking { try client.send([byte]) }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let answer = try await blocking { String(decoding: try client.receiveToEnd(), as: UTF8.self) }
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            trickle.cancel()
            _ = await trickle.result
        }
    }

    @Test("one that sends its body byte by byte is cut off; the endpoint sees a reset")
    func slowBody() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port, quick) { bench in
            let client = try bench.connect()
            let trickle = Task {
                try await blocking { try client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n") }
                while !Task.isCancelled {
                    try await blocking { try client.send([1]) }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            try await blocking {
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                #expect { try endpoint.receiveToEnd() } throws: { ($0 as? TCPSocket.Failure)?.isBroken == true }
            }
            let result = await trickle.result
            #expect { try result.get() } throws: { ($0 as? TCPSocket.Failure)?.isBroken == true }
        }
    }

    @Test("one that does not take its answer is cut off, and one that is slow enough is not")
    func slowReader() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port, quick) { bench in
            let client = try bench.connect()
            try await blocking {
                try client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\n\r\n")
                #expect {
                    while true { try endpoint.send([UInt8](repeating: 1, count: 100_000)) }
                } throws: { ($0 as? TCPSocket.Failure)?.isBroken == true }
            }
        }
    }

    @Test("one that has ended its half gets an answer that takes longer than every limit, piece by piece")
    func endedClient() async throws {
        let server = try TCPSocket.listening()
        func patient(_ settings: inout ProxySettings) {
            quick(&settings)
            // Long against what a busy machine may be late by, and shorter than the whole answer.
            settings.patience.stream = .milliseconds(1_800)
        }
        try await ProxyBench.with(endpoint: server.port, patient) { bench in
            let (client, endpoint) = try await blocking {
                let client = try bench.connect()
                try client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                client.finish()
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
                return (client, endpoint)
            }
            for _ in 0..<10 {
                try await Task.sleep(for: .milliseconds(200))
                try await blocking { try endpoint.say("x") }
            }
            let answer = try await blocking { try client.readMessage() }
            #expect(answer.text == "xxxxxxxxxx")
        }
    }

    @Test("one that waits until the endpoint wants its body is left alone")
    func expecting() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port, quick) { bench in
            let (client, endpoint) = try await blocking {
                let client = try bench.connect()
                try client.say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                return (client, endpoint)
            }
            try await Task.sleep(for: .seconds(1))
            try await blocking {
                try endpoint.say("HTTP/1.1 100 Continue\r\n\r\n")
                _ = try client.readHead()
                try client.say("abc")
                #expect(try endpoint.receive(exactly: 3) == Array("abc".utf8))
            }
        }
    }

    @Test("one that waits for a slow answer is left alone")
    func patientClient() async throws {
        let server = try TCPSocket.listening()
        try await ProxyBench.with(endpoint: server.port, quick) { bench in
            let (client, endpoint) = try await blocking {
                let client = try bench.connect()
                try client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let endpoint = try server.accept()
                _ = try endpoint.readHead()
                return (client, endpoint)
            }
            // Longer than every limit.
            try await Task.sleep(for: .seconds(1))
            try await blocking {
                try endpoint.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                #expect(try client.readMessage().text == "ok")
            }
        }
    }
}
