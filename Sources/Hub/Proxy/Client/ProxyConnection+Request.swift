import CallProtocol
import NIOCore
import NIOHTTP1
import Operations
import Tunnels

/// From the client to where a request belongs.
extension ProxyConnection {
    func begin(_ head: HTTPRequestHead) {
        guard let context else { return }
        let isKept = Self.mayKeep(head)
        do throws(ProxyRefusal) {
            let target = try RequestTarget(head)
            var request = ProxyRequest(
                host: target.host, head: head,
                client: settings.trusted.client(
                    of: head, from: context.channel.remoteAddress, isSecure: settings.isSecure))
            switch settings.routes.route(&request) {
            case .refused(let refusal): throw refusal
            case .local(let responder):
                request.head.uri = target.path
                phase = .gathering(responder, request.head, ByteBuffer())
                if head.isAskingFirst {
                    context.writeAndFlush(
                        wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
                }
            case .upstream(let upstream):
                try forward(request, to: target, upstream, isKept: isKept)
            }
        } catch {
            // The rest of a body is not waited for.
            refuse(error, head, isKept: isKept && !ProxyExchange.hasBody(head))
        }
    }

    /// Whether another request may follow. Behind one that asks for another protocol, or for a way through, the decoder reads
    /// nothing more.
    private static func mayKeep(_ head: HTTPRequestHead) -> Bool {
        head.isKeepAlive && !head.headers.contains(name: "upgrade")
            && head.method != .CONNECT
    }

    private func forward(
        _ request: ProxyRequest, to target: RequestTarget, _ next: any ProxyUpstream, isKept: Bool
    ) throws(ProxyRefusal) {
        var exchange = ProxyExchange(
            request: request.head, forwarded: try ForwardedHead.request(request, to: target), upstream: next,
            isOnUsed: false, isKept: isKept, isAwaitingContinue: request.head.isAskingFirst)
        // What may not be sent twice does not go over a connection that the endpoint may just be closing.
        if let connected = upstream, connected.identity == next.identity, connected.channel.isActive,
            ProxyExchange.isRepeatable(request.head)
        {
            exchange.isOnUsed = true
        } else {
            drop()
            try connect(to: next)
        }
        phase = .exchanging(exchange)
        send(exchange.forwarded)
    }

    /// Sends a head to the endpoint, and listens to it from the next turn on: an endpoint may be so quick that it has answered before
    /// the end of the request, which comes in this turn, has been taken.
    func send(_ head: HTTPRequestHead) {
        guard let channel = upstream?.channel else { return }
        upstream?.handler.send(.head(head))
        channel.flush()
        channel.eventLoop.assumeIsolated().execute { channel.read() }
    }

    func connect(to target: any ProxyUpstream) throws(ProxyRefusal) {
        guard let context else { return }
        let way = try target.connect()
        let channel = StreamChannel(way.stream, on: context.eventLoop)
        let handler = UpstreamHandler(self)
        do {
            try handler.install(in: channel)
        } catch {
            way.stream.reset(.aborted, "a connection could not be set up")
            way.onEnd(0, 0)
            throw ProxyRefusal(.internalServerError, "a connection could not be set up")
        }
        channel.closeFuture.assumeIsolated().whenComplete { _ in
            way.onEnd(channel.received, channel.sent)
        }
        upstream = Connected(identity: target.identity, target: target, channel: channel, handler: handler)
        channel.begin()
    }

    // MARK: Answers of this program

    /// Answers instead of an endpoint.
    /// - Parameters:
    ///   - isKept: whether the connection goes on after that.
    ///   - hasEnded: whether the request has come to its end; else that is waited for.
    func refuse(_ refusal: ProxyRefusal, _ head: HTTPRequestHead?, isKept: Bool, hasEnded: Bool = false) {
        answer(RefusalPage.make(refusal, for: head, isKept: isKept), isHead: head?.method == .HEAD)
        guard isKept else { return closeGently() }
        if hasEnded { becomeIdle() } else { phase = .answered }
    }

    private func answer(_ answer: (head: HTTPResponseHead, body: ByteBuffer), isHead: Bool) {
        guard let context else { return }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func respond(_ responder: any ProxyResponder, _ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard let context else { return }
        phase = .responding
        let isKept = Self.mayKeep(head)
        let answered = context.eventLoop.makePromise(of: ProxyAnswer.self)
        answered.completeWithTask { await responder.respond(to: head, body: body) }
        answered.futureResult.assumeIsolated().whenSuccess { answer in
            var found = answer.head
            found.version = head.version
            if head.method != .HEAD {
                found.headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.length))
            }
            ForwardedHead.sayKept(isKept, &found)
            switch answer.body {
            case .file(let file) where head.method != .HEAD:
                context.write(self.wrapOutboundOut(.head(found)), promise: nil)
                return self.send(file, isKept: isKept)
            case .file: self.answer((found, ByteBuffer()), isHead: true)
            case .bytes(let body): self.answer((found, body), isHead: head.method == .HEAD)
            }
            if isKept { self.becomeIdle() } else { self.closeGently() }
        }
    }

    func becomeIdle() {
        phase = .idle
        pump()
    }

    // MARK: The end of the connection

    /// How long a client may take to hear that nothing more is said.
    private static let farewell = TimeAmount.seconds(2)

    /// Ends the connection behind what was answered. What the client still sends is read and thrown away for a moment: a reset for
    /// it would overtake the answer.
    func closeGently() {
        guard let context else { return }
        if case .closing = phase { return }
        drop()
        phase = .closing
        let channel = context.channel
        patience.flush {
            ConnectionOptions.setReset(false, onCloseOf: channel)
            guard !self.hasClientEnded else { return channel.close(promise: nil) }
            self.isSaid = true
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
        }
        read()
    }
}

extension HTTPRequestHead {
    /// Whether the client waits with its body until it is wanted (RFC 9110, 10.1.1).
    fileprivate var isAskingFirst: Bool {
        version == .http1_1 && ProxyExchange.hasBody(self)
            && headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }
}
