package import CallProtocol
import Link
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Asks an address of a tunnel over HTTP whether it leads to its endpoint.
package struct WebProbe: Sendable {
    /// The header in which a hub says that it answered itself, and which step of the way failed.
    package static let stepHeader = "Capstan-Tunnel-Step"
    /// What ``stepHeader`` says where the way is well, and the request was not one that may pass.
    package static let noStep = "none"
    /// The header by which a hub knows a request of its own.
    package static let checkHeader = "Capstan-Tunnel-Check"
    private static let patience = TimeAmount.seconds(10)
    /// How long what is behind the head may take: an endpoint that is broken off in the middle complains in its log.
    private static let rest = TimeAmount.seconds(1)

    /// What it is called there.
    package var name: String
    package var isSecure: Bool
    package var headers: [String: String] = [:]

    package init(name: String, isSecure: Bool) {
        self.name = name
        self.isSecure = isSecure
    }

    /// An answer.
    package struct Answer: Sendable, Hashable {
        package var status: Int
        /// Which step of the way failed, where the hub answered itself.
        package var step: String?

        /// Whether the request came through, or would have, had it been one that may.
        package var isThrough: Bool { step == nil || step == WebProbe.noStep }
    }

    /// Asks for `/`, and does not wait for all of it. Whose certificate is shown does not matter: nothing is said that others may not hear.
    /// - Parameters:
    ///   - host: where it is asked; a name below `localhost` is this machine (RFC 6761, 6.3).
    ///   - authority: what the request calls it, with its port where that is not the usual one.
    /// - Throws: `UNAVAILABLE` with the reason.
    package func ask(host: String, port: Int, authority: String) async throws(CallError) -> Answer {
        let isHere = host == "localhost" || host.hasSuffix(".localhost")
        let place = HostPort(host: isHere ? "localhost" : host, port: port)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: Answer.self)
        let limit = loop.scheduleTask(in: Self.patience) { answer.fail(ChannelError.connectTimeout(Self.patience)) }
        defer { limit.cancel() }
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(Self.patience).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try install(in: channel, answer) }
        }
        let connecting = bootstrap.connect(host: place.host, port: place.port)
        connecting.whenFailure { answer.fail($0) }
        connecting.whenSuccess { channel in
            var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
            head.headers = ["Host": authority, "User-Agent": "capstan-tunnel-check", "Connection": "close"]
            for (name, value) in headers { head.headers.add(name: name, value: value) }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        }
        answer.futureResult.whenComplete { _ in
            connecting.whenSuccess { channel in loop.scheduleTask(in: Self.rest) { channel.close(promise: nil) } }
        }
        do { return try await answer.futureResult.get() } catch {
            throw CallError(.unavailable, "\(place): \(NetworkReason.text(error))")
        }
    }

    private func install(in channel: any Channel, _ answer: EventLoopPromise<Answer>) throws {
        let operations = channel.pipeline.syncOperations
        if isSecure {
            let context = try ConnectionTLS(isVerified: false).context()
            try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
        }
        try operations.addHTTPClientHandlers()
        try operations.addHandler(AnswerHandler(answer))
    }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let answer: EventLoopPromise<WebProbe.Answer>

    init(_ answer: EventLoopPromise<WebProbe.Answer>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.succeed(
                WebProbe.Answer(status: Int(head.status.code), step: head.headers.first(name: WebProbe.stepHeader)))
        case .body: break
        case .end: context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }
}
