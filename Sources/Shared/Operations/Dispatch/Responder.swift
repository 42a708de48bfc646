import CallProtocol
import NIOCore
import Synchronization

/// Writes the answering side's envelopes and sees to it that there is exactly one end.
final class Responder: Sendable {
    private let stream: any CallStream
    private let id: String
    private let isOver = Mutex(false)

    init(stream: any CallStream, id: String) {
        self.stream = stream
        self.id = id
    }

    /// One `call.responded` of several.
    func respond(_ output: RawJSON) async throws {
        guard !isOver.withLock({ $0 }) else { throw StreamFailure(.aborted, "the call is over") }
        try await stream.write(Self.bytes(Self.response(output, id: id)))
    }

    /// The only answer of a query or mutation.
    func conclude(_ output: RawJSON) async {
        await end(Self.response(output, id: id))
    }

    func complete() async { await end(.completed(id: id)) }

    func abort() async { await end(.aborted(id: id)) }

    func fail(_ error: CallError) async {
        let payload = (try? JSONCoding.encode(error)) ?? .emptyObject
        await end(Envelope(.error, id: id, payload: payload))
    }

    /// Ends without an envelope, for sessions that were accepted; false when the call was over already.
    func claimEnd() -> Bool {
        isOver.withLock { over in
            defer { over = true }
            return !over
        }
    }

    private func end(_ envelope: Envelope) async {
        guard claimEnd() else { return }
        // A stream that failed meanwhile has nobody left to tell.
        try? await stream.write(Self.bytes(envelope))
        stream.finish()
    }

    private static func response(_ output: RawJSON, id: String) -> Envelope {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("output")
        writer.raw(output)
        writer.endObject()
        return Envelope(.responded, id: id, payload: writer.finish())
    }

    private static func bytes(_ envelope: Envelope) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeEnvelope(envelope)
        return buffer
    }
}
