import CallProtocol
import NIOCore
import NIOHTTP1

/// The end of a connection to an endpoint at which its client stands.
final class UpstreamHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// What is no HTTP, or none that can be passed on.
    static let nonsense = StreamFailure(.frame, "the endpoint's answer is not HTTP that can be understood")

    private weak var client: ProxyConnection?
    private var context: ChannelHandlerContext?
    private var isRaw = false
    private var encoder: HTTPRequestEncoder?
    private var decoder: ByteToMessageHandler<HTTPResponseDecoder>?

    init(_ client: ProxyConnection) { self.client = client }

    /// Sets a fresh channel up to speak HTTP. Event loop only.
    func install(in channel: StreamChannel) throws {
        var configuration = HTTPRequestEncoder.Configuration()
        configuration.automaticallySetFramingHeaders = false
        let encoder = HTTPRequestEncoder(configuration: configuration)
        let decoder = ByteToMessageHandler(
            HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .forward))
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, self])
        (self.encoder, self.decoder) = (encoder, decoder)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ part: HTTPClientRequestPart) { context?.write(wrapOutboundOut(part), promise: nil) }

    func send(raw bytes: ByteBuffer) { context?.write(NIOAny(IOData.byteBuffer(bytes)), promise: nil) }

    /// Speaks bytes from here on.
    /// - Parameter done: run when the codecs have left.
    func becomeRaw(_ done: @escaping () -> Void) {
        guard let context, let encoder, let decoder else { return }
        isRaw = true
        (self.encoder, self.decoder) = (nil, nil)
        let operations = context.pipeline.syncOperations
        operations.removeHandler(encoder, promise: nil)
        let removed = context.eventLoop.makePromise(of: Void.self)
        operations.removeHandler(decoder, promise: removed)
        removed.futureResult.assumeIsolated().whenSuccess(done)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRaw {
            if let bytes = context.channel.unwrapBytes(data) { client?.answered(raw: bytes, by: self) }
        } else {
            client?.answered(unwrapInboundIn(data), by: self)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { client?.answerPaused() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { client?.pump() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        client?.upstreamEnded(of: self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        client?.fail(
            error as? StreamFailure ?? Self.nonsense, of: self)
    }

    func channelInactive(context: ChannelHandlerContext) { client?.fail(nil, of: self) }
}

extension Channel {
    /// What passes a pipeline without codecs.
    func unwrapBytes(_ data: NIOAny) -> ByteBuffer? {
        _channelCore.tryUnwrapData(data, as: ByteBuffer.self)
    }
}
