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
    private var session: (stream: SessionStream, onEnd: (RelayEnd) -> Void)?
    private var loop: (any EventLoop)?
    /// Nil when it is over.
    private var context: ChannelHandlerContext?
    /// Read from the connection, and not taken by the session yet.
    private var unsent: ByteBuffer?
    private var isFlushDue = false
    private var hasInputEnded = false
    private var hasOutputEnded = false
    private var isAllWritten = false
    /// Itself, where the connection is over and what was read of it is not: nobody else holds it then.
    private var remaining: ConnectionRelay?
    private var end = RelayEnd()
    /// Run once when the connection is open; nil where it is already.
    private var onActive: (() -> Void)?

    private static let closed = StreamFailure(.aborted, "the connection was closed")

    /// - Parameter onActive: run once when the connection is open.
    init(onActive: (() -> Void)? = nil) { self.onActive = onActive }

    package func channelActive(context: ChannelHandlerContext) {
        onActive.take()?()
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
        goOnReading()
        send()
    }

    /// A closure for other threads that runs `body` here, as long as this lives.
    private func onLoop<Value: Sendable>(
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

// MARK: - From the connection to the stream

extension ConnectionRelay {
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        end.received += Int64(bytes.readableBytes)
        if unsent != nil {
            unsent?.writeImmutableBuffer(bytes)
        } else if session?.stream.sendRawNow(bytes) != true {
            unsent = bytes
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) { goOnReading() }

    private func goOnReading() {
        guard let context, let stream = session?.stream else { return }
        if let bytes = unsent, !stream.sendRawNow(bytes) {
            let told = onLoop(context) { (relay, _: Void) in relay.goOnReading() }
            // There is room again meanwhile, or the stream has failed, and says so by itself.
            guard !stream.whenWritable({ told(()) }), stream.sendRawNow(bytes) else { return }
        }
        unsent = nil
        if hasInputEnded { finish() } else { context.read() }
    }

    private func finish() {
        session?.stream.finish()
        closeIfDone()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        hasInputEnded = true
        if unsent == nil { finish() }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lose(StreamFailure(.aborted, "the connection broke: \(NetworkReason.text(error))"))
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        guard isAllWritten else { return lose(Self.closed) }
        // With the other half closed, the end of the input is the end of the connection.
        hasInputEnded = true
        if unsent == nil { finish() } else { remaining = self }
    }
}

// MARK: - From the stream to the connection

extension ConnectionRelay {
    package func channelWritabilityChanged(context: ChannelHandlerContext) { send() }

    private func send() {
        while let context, let stream = session?.stream, !hasOutputEnded, context.channel.isWritable {
            switch stream.nextBytesNow() {
            case .bytes(let bytes):
                end.sent += Int64(bytes.readableBytes)
                context.write(wrapOutboundOut(bytes), promise: nil)
                flushSoon(context)
            case .ended: endOutput(context)
            case .failed(let failure): breakOff(failure)
            case .nothing:
                let told = onLoop(context) { (relay, _: Void) in relay.send() }
                if stream.whenReadable({ told(()) }) { return }
            }
        }
    }

    /// Once for all that comes in one turn of the event loop.
    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !isFlushDue else { return }
        isFlushDue = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushDue = false
            self.context?.flush()
        }
    }

    /// Half-close, after everything before it has left.
    private func endOutput(_ context: ChannelHandlerContext) {
        hasOutputEnded = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenSuccess {
            self.isAllWritten = true
            // The system goes on sending what it has; to close the second half is to close all.
            ConnectionOptions.setReset(false, onCloseOf: context.channel)
            context.close(mode: .output, promise: nil)
            self.closeIfDone()
        }
    }
}

// MARK: - The end

extension ConnectionRelay {
    /// Whether both directions have ended, and everything has passed.
    private var isDone: Bool { hasInputEnded && isAllWritten && unsent == nil }

    private func closeIfDone() {
        guard let context, isDone else { return }
        conclude(nil)
        context.channel.close(promise: nil)
    }

    /// How long what came before a failure may take to leave, and how long the system has for it then: a reset overtakes what it
    /// has not sent.
    private static let (patience, grace) = (TimeAmount.seconds(5), TimeAmount.milliseconds(100))

    /// The stream failed: what came before is passed on, and the connection is reset, so that its other side knows that this was
    /// not all.
    private func breakOff(_ failure: StreamFailure) {
        guard let context else { return }
        let channel = context.channel
        while case .bytes(let bytes)? = session?.stream.nextBytesNow() {
            end.sent += Int64(bytes.readableBytes)
            context.write(wrapOutboundOut(bytes), promise: nil)
        }
        conclude(failure)
        let loop = channel.eventLoop
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            loop.scheduleTask(in: Self.grace) { ConnectionRelay.reset(channel) }
        }
        loop.scheduleTask(in: Self.patience) { ConnectionRelay.reset(channel) }
    }

    /// The connection is gone.
    private func lose(_ failure: StreamFailure) {
        guard context != nil else { return }
        end.isOfConnection = true
        conclude(failure)
    }

    private func conclude(_ failure: StreamFailure?) {
        guard context != nil else { return }
        (context, unsent, remaining) = (nil, nil, nil)
        end.failure = failure
        settle()
    }

    /// Tells the session and who waits, once both are there.
    private func settle() {
        guard let (stream, onEnd) = session else { return }
        session = nil
        guard let failure = end.failure, end.isOfConnection else { return onEnd(end) }
        // What the connection said before it broke comes before that.
        guard let loop else { return }
        let (told, end) = (NIOLoopBound(onEnd, eventLoop: loop), end)
        stream.resetBehind(failure.code, failure.reason) {
            if loop.inEventLoop { told.value(end) } else { loop.execute { told.value(end) } }
        }
    }
}
