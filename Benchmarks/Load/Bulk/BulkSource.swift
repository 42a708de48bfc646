import CallProtocol
import Harness
import Link
import NIOCore

/// The hub's end of a bulk load: sends over streams of a real link, from its event loop.
enum BulkSource {
    /// Serves ``BulkLoad`` commands; the streams of one share its bytes evenly.
    static func serve(_ link: Link) async throws {
        try await BulkLoad.serve { streams, bytes in
            let done = (0..<streams).map { _ in
                let promise = link.eventLoop.makePromise(of: Void.self)
                link.eventLoop.execute { Pump.start(on: link, bytes: bytes / streams, done: promise) }
                return promise.futureResult
            }
            for one in done { try await one.get() }
        }
    }

    /// Writes to one stream whenever little waits there.
    private final class Pump: StreamConsumer {
        private let stream: LinkStream
        private let piece = ByteBuffer(repeating: 0x5A, count: BulkLoad.writeSize)
        private var left: Int
        private let done: EventLoopPromise<Void>

        /// Event loop only.
        static func start(on link: Link, bytes: Int, done: EventLoopPromise<Void>) {
            do {
                let stream = try link.openOnLoop()
                let pump = Pump(stream, bytes, done)
                stream.consumer = pump
                pump.go()
            } catch {
                done.fail(error)
            }
        }

        private init(_ stream: LinkStream, _ bytes: Int, _ done: EventLoopPromise<Void>) {
            (self.stream, left, self.done) = (stream, bytes, done)
        }

        private func go() {
            while left > 0, stream.outboundBytes < BulkLoad.queued {
                let size = min(left, piece.readableBytes)
                left -= size
                stream.write(size == piece.readableBytes ? piece : ByteBuffer(repeating: 0x5A, count: size))
            }
            if left == 0 { stream.end() }
        }

        func streamReceived(_ bytes: ByteBuffer) {}

        /// The other side ends its half when it has everything.
        func streamEnded() { done.succeed() }

        func streamFailed(_ failure: StreamFailure) { done.fail(failure) }

        func streamSent(_ bytes: Int) { if left > 0 { go() } }
    }
}
