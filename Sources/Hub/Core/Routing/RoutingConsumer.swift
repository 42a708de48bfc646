import CallProtocol
import Link
import NIOCore
import Operations

/// Reads the opening of a stream on its event loop, then hands the stream to whoever serves the call.
final class RoutingConsumer: StreamConsumer {
    private let stream: LinkStream
    private let route: (RoutingConsumer, Opening) -> Void
    private var reader: OpeningReader
    private var held = 0
    private(set) var hasEnded = false
    private var isDone = false

    /// - Parameter limit: bytes of the opening, at most.
    init(_ stream: LinkStream, limit: Int, route: @escaping (RoutingConsumer, Opening) -> Void) {
        self.stream = stream
        self.route = route
        reader = OpeningReader(limit: limit)
    }

    func streamReceived(_ bytes: ByteBuffer) {
        guard !isDone else { return }
        guard stream.assembly.take(bytes.readableBytes) else {
            return refuse(.resourceExhausted, EnvelopeError.overBudget.reason)
        }
        held += bytes.readableBytes
        do throws(EnvelopeError) {
            switch try reader.feed(bytes) {
            case .needsMore: stream.consumed(bytes.readableBytes)
            case .opened(let opening):
                // What is left of the bytes is consumed by whoever gets it.
                stream.consumed(bytes.readableBytes - opening.rest.readableBytes)
                settle()
                route(self, opening)
            case .refused(let id, let error):
                settle()
                let answering = takeOver(rest: ByteBuffer())
                Task { await Dispatcher.refuse(id, error, on: answering) }
            }
        } catch {
            refuse(.frame, error.reason)
        }
    }

    func streamEnded() {
        hasEnded = true
        guard !isDone else { return }
        do throws(EnvelopeError) {
            try reader.finish()
            refuse(.protocolViolation, "the stream ended before a call was requested")
        } catch {
            refuse(.frame, error.reason)
        }
    }

    func streamFailed(_ failure: StreamFailure) { settle() }

    func streamSent(_ bytes: Int) {}

    /// The stream for a task, with what came behind the opening.
    func takeOver(rest: ByteBuffer) -> AsyncLinkStream {
        AsyncLinkStream(stream, received: rest, ended: hasEnded)
    }

    private func refuse(_ code: LinkCode, _ reason: String) {
        settle()
        stream.reset(code, reason)
    }

    private func settle() {
        isDone = true
        stream.assembly.give(back: held)
        held = 0
    }
}
