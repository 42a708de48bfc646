import CallProtocol
import Glibc
import Link
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import Operations
@testable import Proxy
@testable import Tunnels

/// A proxy on loopback before an endpoint on loopback, with sessions in memory between the two.
struct ProxyBench {
    let port: Int
    let upstream: TestUpstream
    private let listener: any Channel

    /// - Parameters:
    ///   - endpoint: the port of the endpoint.
    ///   - change: what else the proxy is told.
    static func with(
        endpoint: Int, _ change: (inout ProxySettings) -> Void = { _ in },
        _ body: (ProxyBench) async throws -> Void
    ) async throws {
        let upstream = TestUpstream(port: endpoint)
        var settings = ProxySettings(routes: TestRoutes(upstream: upstream))
        change(&settings)
        let listener = try await ProxyServer.bind(
            HostPort(host: "127.0.0.1", port: 0), on: MultiThreadedEventLoopGroup.singleton, settings)
        let port = try #require(listener.localAddress?.port)
        let bench = ProxyBench(port: port, upstream: upstream, listener: listener)
        do { try await body(bench) } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }

    func connect() throws -> TCPSocket { try TCPSocket.connected(to: port) }
}

/// Routes `local` to this program, `refused` nowhere, and everything else to the endpoint.
struct TestRoutes: ProxyRoutes {
    let upstream: TestUpstream

    func route(_ request: inout ProxyRequest) -> ProxyRoute {
        switch request.host {
        case "local", "": .local(EchoResponder())
        case "refused": .refused(ProxyRefusal(.forbidden, "you <may> not"))
        default: .upstream(upstream)
        }
    }
}

struct EchoResponder: ProxyResponder {
    func respond(to head: HTTPRequestHead, body: ByteBuffer) async -> ProxyAnswer {
        let body: ProxyAnswer.Body =
            switch head.uri {
            case "/file": .file(PatternFile())
            case "/endless": .file(EndlessFile())
            default: .bytes(ByteBuffer(string: "\(head.uri) \(body.readableBytes)"))
            }
        return ProxyAnswer(HTTPResponseHead(version: .http1_1, status: .ok), body)
    }
}

/// Some megabytes of which each byte says where it is.
struct PatternFile: ProxyFile {
    static let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let size = Int64(Self.bytes.count)

    func bytes(at offset: Int64, atMost count: Int) -> ByteBuffer? {
        guard offset < Self.bytes.count else { return nil }
        return ByteBuffer(bytes: Self.bytes[Int(offset)..<min(Int(offset) + count, Self.bytes.count)])
    }
}

/// A file that nobody takes to its end.
struct EndlessFile: ProxyFile {
    static let read = Mutex(0)
    let size: Int64 = 1 << 40

    func bytes(at offset: Int64, atMost count: Int) -> ByteBuffer? {
        Self.read.withLock { $0 += count }
        return ByteBuffer(repeating: 1, count: count)
    }
}

/// An endpoint reached as a node reaches one.
final class TestUpstream: ProxyUpstream {
    let port: Int
    let identity = "test"
    private let counts = Mutex((made: 0, over: 0))

    init(port: Int) { self.port = port }

    /// Connections that were begun, and those that are over.
    var made: Int { counts.withLock { $0.made } }
    var over: Int { counts.withLock { $0.over } }

    func connect() throws(ProxyRefusal) -> ProxyWay {
        counts.withLock { $0.made += 1 }
        let pair = CallStreamPair()
        let (far, port) = (SessionStream(stream: pair.second, rest: ByteBuffer()), port)
        Task {
            do throws(CallError) {
                let connection = try await ConnectionDialler().connect(host: "127.0.0.1", port: port, on: nil)
                _ = try? await ConnectionRelay.run(connection, far)
            } catch {
                far.reset(error.code.linkCode, error.message)
            }
        }
        return ProxyWay(SessionStream(stream: pair.first, rest: ByteBuffer())) { _, _ in
            self.counts.withLock { $0.over += 1 }
        }
    }

    func failed(_ failure: StreamFailure?) -> ProxyRefusal {
        ProxyRefusal(.badGateway, "nothing answers", step: "endpoint_reachable", advice: failure?.reason)
    }
}

/// An HTTP message as it was sent, read up to the end that its framing says.
struct RawMessage {
    var head: String
    var body: [UInt8]

    /// The value of a header; all of them, where it stands several times.
    subscript(name: String) -> String? {
        let values = head.split(separator: "\r\n").dropFirst().filter {
            $0.lowercased().hasPrefix(name.lowercased() + ":")
        }
        .map { String($0.dropFirst(name.utf8.count + 1)).trimmed }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    var line: String { String(head.prefix { $0 != "\r\n" }) }
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}

extension TCPSocket.Failure {
    /// Whether the connection was broken off, and not only silent for too long.
    var isBroken: Bool { code == ECONNRESET || code == EPIPE }
}

extension TCPSocket {
    func say(_ text: String) throws { try send(Array(text.utf8)) }

    func readHead() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let next = try receive(upTo: 1)
            guard !next.isEmpty else { break }
            bytes += next
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a message with a length or in chunks; `hasBody` false for answers that have none.
    func readMessage(hasBody: Bool = true) throws -> RawMessage {
        var message = RawMessage(head: try readHead(), body: [])
        guard hasBody else { return message }
        if let length = message["content-length"].flatMap({ Int($0) }) {
            message.body = try receive(exactly: length)
        } else if message["transfer-encoding"] == "chunked" {
            while true {
                let size = try Int(readLine(), radix: 16) ?? 0
                if size == 0 { break }
                message.body += try receive(exactly: size)
                _ = try readLine()
            }
            while true {
                let trailer = try readLine()
                guard !trailer.isEmpty else { break }
                message.head += trailer + "\r\n"
            }
        }
        return message
    }

    func readLine() throws -> String {
        var bytes: [UInt8] = []
        while bytes.suffix(2) != [13, 10] {
            let next = try receive(upTo: 1)
            guard !next.isEmpty else { break }
            bytes += next
        }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }
}
