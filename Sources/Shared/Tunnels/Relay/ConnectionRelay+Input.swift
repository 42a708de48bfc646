import CallProtocol
import Link
package import NIOCore
import Operations

/// From the connection to the stream.
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

    func goOnReading() {
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
