import Foundation
import TestKit
import Testing

/// A public server that makes a WebSocket application of any program.
enum WebSocketApplication {
    static let path = "/usr/bin/websocketd"
    static let isThere = FileManager.default.isExecutableFile(atPath: path)
}

@Suite(
    "A WebSocket application through a tunnel", .serialized,
    .enabled(if: WebSocketApplication.isThere, "websocketd is not installed"))
struct WebSocketTests {
    @Test("messages pass both ways, small and long, until one side closes")
    func messages() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let port = try LoopbackPorts.free()
            let application = try Program(
                WebSocketApplication.path, ["--address=127.0.0.1", "--port=\(port)", "cat"],
                environment: fleet.environment,
                folder: fleet.folder)
            defer { application.signal(SIGKILL) }
            try await until("it listens") { (try? TCPSocket.connected(to: port)) != nil }
            let url = try await fleet.webTunnel(to: "\(port)", named: "ws")
            let place = try #require(URLComponents(string: url))
            let authority = "\(place.host ?? ""):\(place.port ?? 80)"
            try await blocking {
                let client = try TCPSocket.connected(to: place.port ?? 80)
                try client.send(
                    Array(
                        """
                        GET / HTTP/1.1\r
                        Host: \(authority)\r
                        Connection: Upgrade\r
                        Upgrade: websocket\r
                        Origin: http://\(authority)\r
                        Sec-WebSocket-Version: 13\r
                        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                        \r

                        """.utf8))
                var head: [UInt8] = []
                while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try client.receive(exactly: 1) }
                // What RFC 6455, 1.3 says of this key.
                #expect(String(decoding: head, as: UTF8.self).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
                for text in ["hello", String(repeating: "long ", count: 6_000)] {
                    try client.send(Self.frame(0x81, Array(text.utf8)))
                    #expect(String(decoding: try Self.message(client), as: UTF8.self) == text)
                }
                try client.send(Self.frame(0x88, [3, 232]))
                #expect(try client.receive(exactly: 1) == [0x88])
            }
        }
    }

    /// A frame as clients send it (RFC 6455, 5.2).
    private static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        let length: [UInt8] =
            payload.count < 126
            ? [0x80 | UInt8(payload.count)]
            : [0x80 | 126, UInt8(payload.count >> 8), UInt8(truncatingIfNeeded: payload.count)]
        return [first] + length + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    /// The next message of the server, whole.
    private static func message(_ socket: TCPSocket) throws -> [UInt8] {
        var message: [UInt8] = []
        while true {
            let head = try socket.receive(exactly: 2)
            var count = Int(head[1])
            if count == 126 { count = try socket.receive(exactly: 2).reduce(0) { $0 << 8 | Int($1) } }
            message += try socket.receive(exactly: count)
            if head[0] & 0x80 != 0 { return message }
        }
    }
}
