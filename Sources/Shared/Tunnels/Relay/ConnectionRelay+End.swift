import CallProtocol
import Link
import NIOCore
import Operations

/// The end.
extension ConnectionRelay {
    /// Whether both directions have ended, and everything has passed.
    private var isDone: Bool { hasInputEnded && isAllWritten && unsent == nil }

    func closeIfDone() {
        guard let context, isDone else { return }
        // Both ends may be there when the session is joined.
        session?.stream.finish()
        conclude(nil)
        context.channel.close(promise: nil)
    }

    /// How long what came before a failure may take to leave, and how long the system has for it then: a reset overtakes what it
    /// has not sent.
    private static let (patience, grace) = (TimeAmount.seconds(5), TimeAmount.milliseconds(100))

    /// The stream failed: what came before is passed on, and the connection is reset, so that its other side knows that this was
    /// not all.
    func breakOff(_ failure: StreamFailure) {
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
    func lose(_ failure: StreamFailure) {
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
    func settle() {
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
