import CallProtocol
import NIOCore
import NIOHTTP1

/// The end of a connection to an endpoint at which its client stands.
final class UpstreamHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

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
    func becomeRaw() {
        isRaw = true
        guard let operations = context?.pipeline.syncOperations else { return }
        if let encoder { operations.removeHandler(encoder, promise: nil) }
        if let decoder { operations.removeHandler(decoder, promise: nil) }
        (encoder, decoder) = (nil, nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRaw {
            if let bytes = context.channel.unwrapBytes(data) { client?.answered(raw: bytes) }
        } else {
            client?.answered(unwrapInboundIn(data))
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
            error as? StreamFailure ?? StreamFailure(.aborted, "the endpoint's answer cannot be understood: \(error)"),
            of: self)
    }

    func channelInactive(context: ChannelHandlerContext) { client?.fail(nil, of: self) }
}

extension Channel {
    /// What passes a pipeline without codecs.
    func unwrapBytes(_ data: NIOAny) -> ByteBuffer? {
        _channelCore.tryUnwrapData(data, as: ByteBuffer.self)
    }
}
