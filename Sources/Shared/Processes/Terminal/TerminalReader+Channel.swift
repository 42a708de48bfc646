import Glibc
import NIOCore
import Synchronization

/// What its channel tells. Event loop only.
extension TerminalReader {
    func begun(_ channel: any Channel) {
        let isStopped = state.withLock { state in
            if !state.isOver { state.channel = channel }
            return state.isStopped
        }
        if isStopped { channel.close(promise: nil) }
    }

    func received(_ bytes: ByteBuffer, on channel: any Channel) {
        let (waiter, isFull) = state.withLock { state in
            if state.bytes.readableBytes == 0 { state.bytes.clear() }
            state.bytes.writeImmutableBuffer(bytes)
            let isFull = !state.isPaused && state.bytes.readableBytes >= Self.much
            if isFull { state.isPaused = true }
            return (state.waiter.take(), isFull)
        }
        if isFull { channel.setOption(.autoRead, value: false).whenFailure { _ in } }
        waiter?.resume()
    }

    /// The channel has read what it does in one turn.
    func paused() {
        let waiter = state.withLock { state in
            guard state.isPaused else { return CheckedContinuation<Void, Never>?.none }
            state.isAside = true
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func end() {
        let waiter = state.withLock { state in
            (state.isOver, state.channel) = (true, nil)
            if state.side >= 0 { Glibc.close(state.side) }
            state.side = -1
            return state.waiter.take()
        }
        waiter?.resume()
    }
}

/// The end of the channel that reads a terminal.
final class TerminalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reader: TerminalReader

    init(reader: TerminalReader) { self.reader = reader }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.received(unwrapInboundIn(data), on: context.channel)
    }

    func channelReadComplete(context: ChannelHandlerContext) { reader.paused() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func handlerRemoved(context: ChannelHandlerContext) { reader.end() }
}
