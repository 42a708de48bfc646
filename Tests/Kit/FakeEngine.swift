import Foundation
package import NIOCore
import NIOPosix
import Synchronization

/// A container engine that says what a test tells it, over a real Unix socket: whole answers, halves of them, nonsense.
package final class FakeEngine: Sendable {
    /// A request as it came.
    package struct Request: Sendable {
        package var method: String
        /// Without the version and the query.
        package var path: String
        package var query: [String: String]
        /// Names in small letters.
        package var headers: [String: String]
        package var body: ByteBuffer
        package var text: String { String(buffer: body) }
    }

    /// What is done for an answer, one after the other; at the end the connection is closed.
    package enum Step: Sendable {
        case bytes(ByteBuffer)
        /// A pause, so that what follows is another read.
        case pause
        /// Until the engine dies or the client goes.
        case hold
        /// Until the test says so.
        case wait(EventLoopFuture<Void>)

        package static func text(_ text: String) -> Step { .bytes(ByteBuffer(string: text)) }

        /// A whole answer of JSON.
        package static func json(_ text: String, status: Int = 200) -> Step {
            .text(
                "HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
                    + text)
        }

        /// The head of an answer that goes on until the connection ends.
        package static let open = Step.text("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
        /// The head of one in chunks.
        package static let chunked = Step.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        package static let upgraded = Step.text(
            "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        package static let lastChunk = Step.text("0\r\n\r\n")

        package static func chunk(_ bytes: [UInt8]) -> Step {
            var buffer = ByteBuffer(string: String(bytes.count, radix: 16) + "\r\n")
            buffer.writeBytes(bytes)
            buffer.writeString("\r\n")
            return .bytes(buffer)
        }
    }

    package typealias Script = @Sendable (Request) -> [Step]

    package let path: String
    private let script: Script
    private let group: MultiThreadedEventLoopGroup
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var requests: [Request] = []
    }

    private init(path: String, group: MultiThreadedEventLoopGroup, script: @escaping Script) {
        self.path = path
        self.group = group
        self.script = script
    }

    /// Runs `body` beside an engine that answers `/version` and `/info` by itself, and all else by the script.
    package static func with(
        _ script: @escaping Script, _ body: (FakeEngine, any EventLoopGroup) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Short: the path of a socket has room for 107 bytes.
        let path = "/tmp/capstan-\(UUID().uuidString.prefix(13)).sock"
        let engine = FakeEngine(path: path, group: group, script: script)
        try await engine.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(engine, group)) } catch { result = .failure(error) }
        await engine.stop()
        try? await group.shutdownGracefully()
        try result.get()
    }

    /// What was asked so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// The engine comes.
    package func start() async throws {
        unlink(path)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                self.state.withLock { $0.connections[ObjectIdentifier(channel)] = channel }
                channel.closeFuture.whenComplete { _ in
                    self.state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(channel)) }
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeEngineHandler(self))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        state.withLock { $0.listener = listener }
    }

    /// The engine dies: its socket and all its connections are gone.
    package func stop() async {
        let (listener, connections) = state.withLock { state in
            defer { state.listener = nil }
            return (state.listener, Array(state.connections.values))
        }
        try? await listener?.close().get()
        for connection in connections { try? await connection.close().get() }
        unlink(path)
    }

    fileprivate func answer(_ request: Request) -> [Step] {
        switch request.path {
        case "/version" where request.query["scripted"] == nil:
            let steps = script(request)
            return steps.isEmpty
                ? [
                    .json(
                        #"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Components":[{"Name":"Engine"}]}"#
                    )
                ]
                : steps
        case "/info":
            let steps = script(request)
            return steps.isEmpty ? [.json(#"{"ID":"fake","LoggingDriver":"json-file"}"#)] : steps
        default:
            state.withLock { $0.requests.append(request) }
            let steps = script(request)
            if steps.isEmpty, request.path == "/events" { return [.open, .hold] }
            return steps.isEmpty ? [.json(#"{"message":"not scripted: \#(request.path)"}"#, status: 404)] : steps
        }
    }
}

/// Reads one request and carries its steps out.
private final class FakeEngineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let engine: FakeEngine
    private var bytes = ByteBuffer()
    private var isAnswered = false

    init(_ engine: FakeEngine) { self.engine = engine }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
        guard let request = Self.request(bytes) else { return }
        isAnswered = true
        carryOut(engine.answer(request)[...], NIOLoopBound(context, eventLoop: context.eventLoop))
    }

    private func carryOut(_ steps: ArraySlice<FakeEngine.Step>, _ bound: NIOLoopBound<ChannelHandlerContext>) {
        let (context, rest) = (bound.value, steps.dropFirst())
        let next = NIOLoopBound(self, eventLoop: context.eventLoop)
        switch steps.first {
        case nil: context.close(promise: nil)
        case .bytes(let bytes):
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            carryOut(rest, bound)
        case .pause: context.eventLoop.scheduleTask(in: .milliseconds(5)) { next.value.carryOut(rest, bound) }
        case .hold: break
        case .wait(let future):
            future.hop(to: context.eventLoop).whenComplete { _ in next.value.carryOut(rest, bound) }
        }
    }

    /// A request whose body is there as a whole: by its length, or in chunks to their end.
    private static func request(_ bytes: ByteBuffer) -> FakeEngine.Request? {
        let all = Array(bytes.readableBytesView)
        guard let end = all.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: all[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        var body = Array(all[end.upperBound...])
        if let length = headers["content-length"].flatMap({ Int($0) }) {
            guard body.count >= length else { return nil }
        } else if headers["transfer-encoding"] == "chunked" {
            guard body.suffix(5) == Array("0\r\n\r\n".utf8)[...] else { return nil }
            body = unchunked(body)
        }
        let target = words[1].split(separator: "?", maxSplits: 1)
        var query: [String: String] = [:]
        for pair in target.dropFirst().first?.split(separator: "&") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(parts[0])] = parts.count == 2 ? String(parts[1]).removingPercentEncoding : ""
        }
        var path = String(target[0])
        if let version = path.firstRange(of: /^\/v[0-9.]+/) { path.removeSubrange(version) }
        return FakeEngine.Request(
            method: String(words[0]), path: path, query: query, headers: headers, body: ByteBuffer(bytes: body))
    }

    private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
        var (plain, rest) = ([UInt8](), bytes[...])
        while let line = rest.firstIndex(of: 13),
            let length = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16),
            length > 0, rest.count >= line - rest.startIndex + length + 4
        {
            plain += rest[(line + 2)..<(line + 2 + length)]
            rest = rest[(line + length + 4)...]
        }
        return plain
    }
}
