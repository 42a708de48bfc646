import NIOCore
import TestKit
import Testing

@testable import Proxy

@Suite("Requests and answers with random faults", .serialized)
struct MutatedMessageTests {
    private static let requests = [
        "GET /a HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
        "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        "GET /d HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HEAD http://a/e HTTP/1.0\r\n\r\n",
    ]
    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\n\r\nhello",
    ]

    /// Some of its bytes changed, doubled or left out.
    private static func mutated(_ text: String, _ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[place], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test("whatever is said on either side, both connections end, and the next request is answered")
    func ends() async throws {
        let server = try TCPSocket.listening()
        var random = SeededRandom(seed: 11)
        let turns = (0..<400).map { turn in
            (
                Self.mutated(Self.requests[turn % Self.requests.count], &random),
                Self.mutated(Self.answers[turn / 5 % Self.answers.count], &random)
            )
        }
        let answering = Task {
            try await blocking {
                // Says its answer whatever was asked, and ends; the last answer is a good one.
                while true {
                    let connection = try server.accept()
                    let asked = try? connection.receive()
                    if asked?.starts(with: "GET /last".utf8) == true {
                        return try connection.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast")
                    }
                    let index = Int.random(in: 0..<turns.count)
                    try? connection.send(turns[index].1)
                    connection.finish()
                }
            }
        }
        try await ProxyBench.with(endpoint: server.port, { $0.patience.head = .milliseconds(200) }) { bench in
            try await blocking {
                for (request, _) in turns {
                    let client = try bench.connect()
                    try client.send(request)
                    client.finish()
                    // An end or a reset, and no silence.
                    do { _ = try client.receiveToEnd() } catch let error as TCPSocket.Failure {
                        #expect(error.isBroken)
                    }
                }
                let last = try bench.connect()
                try last.say("GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try last.readMessage().text == "last")
            }
            try await eventually { bench.upstream.made == bench.upstream.over }
        }
        try await answering.value
    }
}
