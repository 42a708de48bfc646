import CallProtocol
import NIOCore
import NIOHTTP1
import Operations
import Tunnels

/// One client of the proxy: its requests, one after the other, each to where it belongs.
///
/// It reads the client only as fast as the endpoint takes, and the endpoint as fast as the client does. The connection to the
/// endpoint is kept for the next request of this client, and of no other. All on the event loop of the client's connection.
final class ProxyConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    enum Phase {
        /// Between two requests.
        case idle
        case exchanging(ProxyExchange)
        /// Answered by this program, which waits for the end of the request.
        case answered
        /// The body is gathered for an answer of this program.
        case gathering(any ProxyResponder, HTTPRequestHead, ByteBuffer)
        /// This program is thinking.
        case responding
        /// It is going to go on with another protocol: the codecs are leaving.
        case switching
        /// It goes on with another protocol.
        case raw
        /// Nothing more is answered; what comes is thrown away.
        case closing
    }

    struct Connected {
        let identity: String
        let target: any ProxyUpstream
        let channel: StreamChannel
        let handler: UpstreamHandler
    }

    let settings: ProxySettings
    let patience: ClientPatience
    var phase = Phase.idle {
        didSet { patience.expect(expectation) }
    }
    var upstream: Connected?
    private(set) var context: ChannelHandlerContext?
    private var pending = CircularBuffer<HTTPServerRequestPart>()
    private var (isReading, isPumping) = (false, false)
    var hasClientEnded = false
    /// In its last phase: whether everything has left.
    var isSaid = false
    /// In raw mode: whether the endpoint has said all that it had to say.
    var hasUpstreamEnded = false

    /// What could not be read of the client, behind what is still to be answered.
    private var mistake: HTTPParserError?

    /// Bytes of a body that this program answers itself, at most.
    private static let localBody = 1 << 20

    init(_ settings: ProxySettings, _ patience: ClientPatience) {
        self.settings = settings
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        patience.onTimeout = { [unowned self] in self.runOutOfPatience($0) }
    }

    func channelActive(context: ChannelHandlerContext) {
        patience.expect(expectation)
        read()
    }

    // MARK: What the client says

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .raw = phase { return passOn(unwrapInboundIn(raw: data)) }
        if case .closing = phase { return }
        pending.append(unwrapInboundIn(data))
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        upstream?.channel.flush()
        read()
    }

    /// Takes what was read, as far as it may be taken now.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        while let part = pending.first, mayTake(part) {
            pending.removeFirst()
            take(part)
        }
        isPumping = false
        if case .idle = phase, pending.isEmpty {
            if let mistake { return refuse(mistake) }
            if hasClientEnded { return closeGently() }
        }
        read()
    }

    private func mayTake(_ part: HTTPServerRequestPart) -> Bool {
        switch (phase, part) {
        // Answers are not made for a client that does not take them.
        case (.idle, .head): context?.channel.isWritable ?? true
        case (.answered, .body), (.answered, .end), (.gathering, .body), (.gathering, .end), (.closing, _),
            (.exchanging, .end):
            true
        case (.exchanging, .body): upstream?.channel.isWritable ?? true
        default: false
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (phase, part) {
        case (.idle, .head(let head)): begin(head)
        case (.exchanging(var exchange), .end(let trailers)):
            exchange.hasRequestEnded = true
            phase = .exchanging(exchange)
            upstream?.handler.send(.end(ForwardedHead.trailers(trailers)))
            upstream?.channel.flush()
        case (.exchanging(var exchange), .body(let bytes)):
            if exchange.isAwaitingContinue {
                exchange.isAwaitingContinue = false
                phase = .exchanging(exchange)
            }
            upstream?.handler.send(.body(.byteBuffer(bytes)))
        case (.answered, .end): becomeIdle()
        case (.gathering(let responder, let head, var body), .body(let bytes)):
            guard body.readableBytes + bytes.readableBytes <= Self.localBody else {
                return refuse(ProxyRefusal(.payloadTooLarge, "the body is longer than 1 MiB"), head, isKept: false)
            }
            body.writeImmutableBuffer(bytes)
            phase = .gathering(responder, head, body)
        case (.gathering(let responder, let head, let body), .end): respond(responder, head, body)
        default: break
        }
    }

    /// Whether anything that the client may say now could be taken.
    private var isListening: Bool {
        guard pending.isEmpty, !hasClientEnded, mistake == nil else { return false }
        switch phase {
        case .idle: return context?.channel.isWritable ?? false
        case .answered, .gathering, .closing: return true
        case .exchanging(let exchange): return !exchange.hasRequestEnded && upstream?.channel.isWritable ?? true
        case .raw: return upstream?.channel.isWritable ?? false
        case .responding, .switching: return false
        }
    }

    func read() {
        guard let context, !isReading, isListening else { return patience.expect(expectation) }
        isReading = true
        patience.expect(expectation)
        context.read()
    }

    /// What the client is waited for with.
    private var expectation: ClientPatience.Expectation {
        switch phase {
        case .idle: return .head
        case .exchanging where hasClientEnded, .responding where hasClientEnded: return .lastAnswer
        case .exchanging(let exchange) where !exchange.hasRequestEnded && isListening:
            if exchange.isAwaitingContinue { return .nothing }
            return exchange.request.headers.contains(name: "content-length") ? .body : .stream
        case .answered, .gathering: return .body
        case .raw: return .anything
        default: return .nothing
        }
    }

    // MARK: The end

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        hasClientEnded = true
        switch phase {
        case .closing: if isSaid { context.close(promise: nil) }
        case .raw: endRawInput()
        // It may still want its answers, as a program does that says all it has to say at once.
        default: pump()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let mistake = error as? HTTPParserError, isBetweenRequests else {
            return ConnectionRelay.reset(context.channel)
        }
        self.mistake = mistake
        pump()
    }

    /// Whether the last of what was read is the end of a request.
    private var isBetweenRequests: Bool {
        if let last = pending.last {
            if case .end = last { return true }
            return false
        }
        switch phase {
        case .idle, .responding: return true
        case .exchanging(let exchange): return exchange.hasRequestEnded
        default: return false
        }
    }

    private func refuse(_ mistake: HTTPParserError) {
        let isTooLong = mistake == .headerOverflow
        refuse(
            ProxyRefusal(
                isTooLong ? .requestHeaderFieldsTooLarge : .badRequest,
                isTooLong ? "the request's head is too long" : "this is no request that can be understood"),
            nil, isKept: false)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if case .raw = phase, hasUpstreamEnded, let connected = upstream {
            // With the other half closed, the end of the input is the end of the connection.
            upstream = nil
            return connected.channel.close(mode: .output, promise: nil)
        }
        phase = .closing
        pending.removeAll()
        drop()
    }

    /// Lets the endpoint's connection go; one in the middle of something is broken off.
    func drop() {
        guard let connected = upstream else { return }
        upstream = nil
        if case .idle = phase { connected.channel.leave() } else { connected.channel.close(promise: nil) }
    }

    private func runOutOfPatience(_ expectation: ClientPatience.Expectation) {
        guard let context else { return }
        if case .head = expectation, case .idle = phase {
            guard patience.hasHeard else { return closeGently() }
            return refuse(ProxyRefusal(.requestTimeout, "the request took too long to arrive"), nil, isKept: false)
        }
        ConnectionRelay.reset(context.channel)
    }
}
