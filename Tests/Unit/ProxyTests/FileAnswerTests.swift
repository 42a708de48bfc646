import Glibc
import NIOCore
import Synchronization
import TestKit
import Testing

@testable import Proxy

@Suite("A file that the proxy's own program hands out", .serialized)
struct FileAnswerTests {
    @Test("it arrives whole, also on a connection that goes on; its length alone where only that is asked for")
    func whole() async throws {
        try await ProxyBench.with(endpoint: 1) { bench in
            try await blocking {
                let client = try bench.connect()
                for _ in 0..<2 {
                    try client.say("GET /file HTTP/1.1\r\nHost: local\r\n\r\n")
                    let head = try client.readHead()
                    #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("Content-Length: 3000001\r\n"), "\(head)")
                    #expect(try client.receive(exactly: PatternFile.bytes.count) == PatternFile.bytes)
                }
                try client.say("HEAD /file HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n")
                let rest = String(decoding: try client.receiveToEnd(), as: UTF8.self)
                #expect(rest.hasPrefix("HTTP/1.1 200 ") && rest.hasSuffix("\r\n\r\n"), "\(rest)")
            }
        }
    }

    @Test("to a client of HTTP/1.0, which is told the end by the end of the connection")
    func old() async throws {
        try await ProxyBench.with(endpoint: 1) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("GET /file HTTP/1.0\r\nHost: local\r\n\r\n")
                let all = try client.receiveToEnd()
                #expect(all.suffix(PatternFile.bytes.count) == PatternFile.bytes[...])
            }
        }
    }

    @Test("a client that takes nothing is cut off, and what it did not take was not read")
    func stalled() async throws {
        func quick(_ settings: inout ProxySettings) {
            (settings.patience.window, settings.patience.bytes) = (.milliseconds(400), 10_000_000)
        }
        try await ProxyBench.with(endpoint: 1, quick) { bench in
            try await blocking {
                let client = try bench.connect()
                try client.say("GET /endless HTTP/1.1\r\nHost: local\r\n\r\n")
                usleep(2_000_000)
                var taken = 0
                while let more = try? client.receive(), !more.isEmpty { taken += more.count }
                #expect(taken < 1 << 30 && taken > 0)
            }
            #expect(EndlessFile.read.withLock { $0 } < 64 << 20)
        }
    }
}
