import CallProtocol
import NIOCore
import NIOHTTP1

/// What comes of a request: the head of the answer, its bytes, and the end of an answer that is whole.
enum EnginePart: Sendable {
    case head(status: Int, HTTPHeaders)
    case bytes(ByteBuffer)
    case end
}

/// Makes one request on a connection and hands on what is answered. When the engine agrees to an upgrade,
/// ``EngineUpgrade`` leads the bytes past HTTP.
final class EngineExchange: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = EnginePart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: EngineRequest.Body
    private let upgrade: EngineUpgrade?
    private var hasSentAll = false

    /// - Parameter upgrades: whether the connection may become a byte channel.
    init(_ head: HTTPRequestHead, _ body: EngineRequest.Body, upgrades: Bool) {
        self.head = head
        self.body = body
        upgrade = upgrades ? EngineUpgrade() : nil
    }

    /// HTTP with this behind it.
    func install(in pipeline: ChannelPipeline.SynchronousOperations) throws {
        if let upgrade { try pipeline.addHandler(upgrade) }
        try pipeline.addHandlers(HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()), self)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        upgrade?.onPart = { bound.value.fireChannelRead(NIOAny($0)) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { upgrade?.onPart = nil }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        switch body {
        case .none: sendEnd(context, nil)
        case .json(let value):
            context.write(wrapOutboundOut(.body(.byteBuffer(RawJSON(value).buffer))), promise: nil)
            sendEnd(context, nil)
        case .streamed: context.flush()
        }
        context.fireChannelActive()
    }

    private func sendEnd(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        hasSentAll = true
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        if let upgrade, hasSentAll { return upgrade.send(bytes, promise) }
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    }

    /// The end of a body that is streamed is no end of the connection; that of an upgraded one is one.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, upgrade?.isUpgraded != true else { return context.close(mode: mode, promise: promise) }
        if hasSentAll { promise?.succeed() } else { sendEnd(context, promise) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part: EnginePart =
            switch unwrapInboundIn(data) {
            case .head(let head): .head(status: Int(head.status.code), head.headers)
            case .body(let bytes): .bytes(bytes)
            case .end: .end
            }
        context.fireChannelRead(wrapInboundOut(part))
    }
}
