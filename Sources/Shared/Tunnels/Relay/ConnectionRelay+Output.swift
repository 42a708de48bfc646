import CallProtocol
import Link
package import NIOCore
import Operations

/// From the stream to the connection.
extension ConnectionRelay {
    package func channelWritabilityChanged(context: ChannelHandlerContext) { send() }

    func send() {
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

    /// What there is leaves now, and not at the end of this turn of the event loop.
    func sendAtOnce() {
        isFlushDue = true
        send()
        isFlushDue = false
        context?.flush()
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
