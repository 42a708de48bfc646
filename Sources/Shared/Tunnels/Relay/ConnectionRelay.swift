import CallProtocol
import Link
package import NIOCore
import Operations

/// Joins a TCP connection to the plain bytes of a session, both ways, on the connection's event loop and without a task.
///
/// What one side does not take, the other is not read for. An end is passed on as an end, after all that came before it; a reset,
/// and whatever else breaks off, as a reset. It is in the connection's pipeline from the beginning, because the end of a peer that
/// speaks first may come, and with it all that was sent before, when there is no session yet.
package final class ConnectionRelay: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The other side of the relay, once there is one.
    var session: (stream: SessionStream, onEnd: (RelayEnd) -> Void)?
    var loop: (any EventLoop)?
    /// Nil when it is over.
    var context: ChannelHandlerContext?
    /// Read from the connection, and not taken by the session yet.
    var unsent: ByteBuffer?
    var isFlushDue = false
    var hasInputEnded = false
    var hasOutputEnded = false
    var isAllWritten = false
    /// Itself, where the connection is over and what was read of it is not: nobody else holds it then.
    var remaining: ConnectionRelay?
    var end = RelayEnd()
    /// Run once when the connection is open and its first bytes are read; nil where it is open already.
    private var onActive: (() -> Void)?

    static let closed = StreamFailure(.aborted, "the connection was closed")

    /// - Parameter onActive: run once when the connection is open and its first bytes are read, if they are there.
    init(onActive: (() -> Void)? = nil) { self.onActive = onActive }

    package func channelActive(context: ChannelHandlerContext) {
        if let onActive = onActive.take() {
            readFirst(context)
            onActive()
        }
        context.fireChannelActive()
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop = context.eventLoop
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        if remaining == nil { lose(Self.closed) }
    }

    /// Begins to pass bytes.
    /// - Parameter onEnd: told once, on the event loop, when nothing more passes.
    func join(_ stream: SessionStream, onEnd: @escaping (RelayEnd) -> Void) {
        session = (stream, onEnd)
        guard let context else { return settle() }
        let (broken, loop) = (onLoop(context) { $0.breakOff($1) }, context.eventLoop)
        // In a turn of its own: a stream may fail while it is read.
        stream.onFailure { failure in loop.execute { broken(failure) } }
        sendAtOnce()
        goOnReading()
    }

    /// A closure for other threads that runs `body` here, as long as this lives.
    func onLoop<Value: Sendable>(
        _ context: ChannelHandlerContext, _ body: @escaping @Sendable (ConnectionRelay, Value) -> Void
    ) -> @Sendable (Value) -> Void {
        let (reference, loop) = (NIOLoopBound(Reference(relay: self), eventLoop: context.eventLoop), context.eventLoop)
        return { value in
            let run: @Sendable () -> Void = {
                if let relay = reference.value.relay { body(relay, value) }
            }
            if loop.inEventLoop { run() } else { loop.execute(run) }
        }
    }

    /// What the stream holds of this, which holds the stream.
    private struct Reference {
        weak var relay: ConnectionRelay?
    }
}
