package import CallProtocol
package import NIOCore
import Synchronization

/// Two ends of one stream in memory: what one writes the other reads, with bounded buffers both ways.
package struct CallStreamPair: Sendable {
    package let first: MemoryStream
    package let second: MemoryStream

    /// - Parameters:
    ///   - capacity: bytes that may wait in each direction before a writer has to wait.
    ///   - loop: what shall seem to carry it.
    package init(capacity: Int = 256 * 1024, on loop: (any EventLoop)? = nil) {
        let channel = MemoryChannel(capacity: capacity)
        let assembly = AssemblyBudget()
        first = MemoryStream(channel: channel, side: 0, assembly: assembly, eventLoop: loop)
        second = MemoryStream(channel: channel, side: 1, assembly: assembly, eventLoop: loop)
    }

    /// Fails both ends at once, as the loss of a link does.
    package func lose() { first.fail(.linkLost) }
}

/// One end of a ``CallStreamPair``.
///
/// A task that is cancelled while it waits gets `aborted` from that one read or write; the stream itself lives on.
package final class MemoryStream: CallStream {
    package let assembly: AssemblyBudget
    package let eventLoop: (any EventLoop)?
    private let channel: MemoryChannel
    private let side: Int

    init(channel: MemoryChannel, side: Int, assembly: AssemblyBudget, eventLoop: (any EventLoop)?) {
        self.eventLoop = eventLoop
        self.channel = channel
        self.side = side
        self.assembly = assembly
    }

    package func read() async throws(StreamFailure) -> ByteBuffer? {
        let channel = channel
        let from = 1 - side
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { channel.read(from, $0, isCancelled: Task.isCancelled) }
        } onCancel: {
            channel.cancelRead(from)
        }
        return try result.get()
    }

    package func readNow() -> StreamReading { channel.readNow(1 - side) }

    package func whenReadable(_ body: @escaping @Sendable () -> Void) -> Bool { channel.whenReadable(1 - side, body) }

    package var hasEnded: Bool { channel.hasEnded(1 - side) }

    package func write(_ bytes: ByteBuffer) async throws(StreamFailure) {
        let channel = channel
        let side = side
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { channel.write(bytes, side, $0, isCancelled: Task.isCancelled) }
        } onCancel: {
            channel.cancelWrites(side)
        }
        try result.get()
    }

    package func writeNow(_ bytes: ByteBuffer) -> Bool { channel.writeNow(bytes, side) }

    package func whenWritable(_ body: @escaping @Sendable () -> Void) -> Bool { channel.whenWritable(side, body) }

    /// Queues bytes without waiting, however many wait already.
    package func push(_ bytes: ByteBuffer) { channel.push(bytes, side) }

    package func finish() { channel.finish(side) }

    package func reset(_ code: LinkCode, _ reason: String) { channel.fail(StreamFailure(code, reason)) }

    /// Behind what was written: the other side reads that first.
    package func resetBehind(_ code: LinkCode, _ reason: String, then body: @escaping @Sendable () -> Void) {
        channel.fail(StreamFailure(code, reason), behind: side)
        body()
    }

    package func fail(_ failure: StreamFailure) { channel.fail(failure) }

    package func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void) { channel.onFailure(body) }

    /// Why the stream failed, nil while it has not.
    package var failure: StreamFailure? { channel.failure }
}

/// Opens streams whose other ends are handed to a closure, such as a dispatcher's `start`.
package struct MemoryOpener: StreamOpener {
    private let capacity: Int
    private let loop: (any EventLoop)?
    private let serve: @Sendable (any CallStream) -> Void

    package init(
        capacity: Int = 256 * 1024, on loop: (any EventLoop)? = nil, serve: @escaping @Sendable (any CallStream) -> Void
    ) {
        self.capacity = capacity
        self.loop = loop
        self.serve = serve
    }

    package func openStream(_ opening: ByteBuffer) -> any CallStream {
        let pair = CallStreamPair(capacity: capacity, on: loop)
        pair.first.push(opening)
        serve(pair.second)
        return pair.first
    }
}
