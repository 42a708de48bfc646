import NIOCore

/// Stands before what accepts connections: accepts none while the ``HandshakeGate`` has no room, and lets each through
/// that gets a place. One that gets none is closed before anything is made for it.
final class GatedAccept: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let gate: HandshakeGate
    private let setUp: @Sendable (any Channel, GatePlace) throws -> Void
    private var context: ChannelHandlerContext?
    private var isWaiting = false

    /// - Parameter setUp: prepares a connection, on its event loop and before it is registered there.
    init(_ gate: HandshakeGate, setUp: @escaping @Sendable (any Channel, GatePlace) throws -> Void) {
        self.gate = gate
        self.setUp = setUp
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        guard !isWaiting else { return }
        let (loop, bound) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        // Never answered under the gate's lock.
        isWaiting = !gate.hasRoom { loop.execute { bound.value.roomCame() } }
        if !isWaiting { context.read() }
    }

    private func roomCame() {
        isWaiting = false
        if let context { read(context: context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        guard let place = gate.arrive(HostAddress(channel.remoteAddress)) else { return channel.close(promise: nil) }
        let prepare: @Sendable () -> Void = { [setUp] in
            do { try setUp(channel, place) } catch { channel.close(promise: nil) }
        }
        // In both cases before the channel is registered, which is done in the same way.
        if channel.eventLoop.inEventLoop { prepare() } else { channel.eventLoop.execute(prepare) }
        context.fireChannelRead(data)
    }
}
