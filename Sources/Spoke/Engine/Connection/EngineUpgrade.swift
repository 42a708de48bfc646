import NIOCore
import NIOHTTP1

/// Stands before HTTP on a connection that is to be upgraded, and looks at how the answer begins: one that agrees, and
/// all that follows it, goes past HTTP; any other is HTTP's.
///
/// To take HTTP out of the pipeline instead would take a turn of the event loop, in which an engine that is quick has said
/// everything and closed, and then HTTP drops it.
final class EngineUpgrade: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case undecided(ByteBuffer)
        case http
        case upgraded
    }

    /// How an answer begins that agrees.
    private static let agreement = Array("HTTP/1.1 101".utf8)
    private static let headEnd = Array("\r\n\r\n".utf8)
    /// Bytes of a head, at most.
    private static let longestHead = 64 << 10

    /// Told what comes past HTTP.
    var onPart: ((EnginePart) -> Void)?
    private var phase = Phase.undecided(ByteBuffer())
    private var context: ChannelHandlerContext?

    var isUpgraded: Bool { if case .upgraded = phase { true } else { false } }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Sends bytes past HTTP.
    func send(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .http: context.fireChannelRead(data)
        case .upgraded: onPart?(.bytes(unwrapInboundIn(data)))
        case .undecided(var begun):
            begun.writeImmutableBuffer(unwrapInboundIn(data))
            phase = .undecided(begun)
            decide(begun, context)
        }
    }

    private func decide(_ begun: ByteBuffer, _ context: ChannelHandlerContext) {
        let view = begun.readableBytesView
        guard Self.agreement.starts(with: view.prefix(Self.agreement.count)) else { return leave(begun, context) }
        guard let end = view.firstRange(of: Self.headEnd)?.upperBound else {
            if view.count > Self.longestHead { leave(begun, context) }
            return
        }
        phase = .upgraded
        onPart?(.head(status: 101, HTTPHeaders()))
        var rest = begun
        rest.moveReaderIndex(forwardBy: view.distance(from: view.startIndex, to: end))
        if rest.readableBytes > 0 { onPart?(.bytes(rest)) }
    }

    /// It is an answer like any other.
    private func leave(_ begun: ByteBuffer, _ context: ChannelHandlerContext) {
        phase = .http
        context.fireChannelRead(NIOAny(begun))
    }
}
