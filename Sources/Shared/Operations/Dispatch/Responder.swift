import CallProtocol
import NIOCore
import Synchronization

/// Writes the answering side's envelopes and sees to it that there is exactly one end.
final class Responder: Sendable {
    private enum Phase {
        case open
        /// A session's opening was answered: what follows are chunks or bytes, an error can only be a RESET.
        case accepted
        case over
    }

    private let stream: any CallStream
    private let id: String
    private let phase = Mutex(Phase.open)

    init(stream: any CallStream, id: String) {
        self.stream = stream
        self.id = id
    }

    /// One `call.responded` of several.
    func respond(_ output: RawJSON) async throws {
        guard phase.withLock({ $0 == .open }) else { throw StreamFailure(.aborted, "the call is over") }
        try await stream.write(Self.bytes(try Self.response(output, id: id)))
    }

    /// Answers the opening of a session.
    func accept(_ output: RawJSON) async throws {
        let bytes = Self.bytes(try Self.response(output, id: id))
        let mayAccept = phase.withLock { phase in
            guard phase == .open else { return false }
            phase = .accepted
            return true
        }
        guard mayAccept else { throw StreamFailure(.aborted, "the call is over") }
        try await stream.write(bytes)
    }

    var isAccepted: Bool { phase.withLock { $0 == .accepted } }

    /// The end of a session that was accepted.
    func close() {
        if move(from: .accepted) { stream.finish() }
    }

    /// The only answer of a query or mutation.
    func conclude(_ output: RawJSON) async throws {
        await end(try Self.response(output, id: id))
    }

    func complete() async { await end(.completed(id: id)) }

    func abort() async { await end(.aborted(id: id)) }

    /// Ends with an error: an envelope, or a RESET where the session was accepted.
    func fail(_ error: CallError) async {
        if move(from: .accepted) { return stream.reset(error.code.linkCode, error.message) }
        let payload = (try? JSONCoding.encode(error)) ?? .emptyObject
        await end(Envelope(.error, id: id, payload: payload))
    }

    private func move(from expected: Phase) -> Bool {
        phase.withLock { phase in
            guard phase == expected else { return false }
            phase = .over
            return true
        }
    }

    private func end(_ envelope: Envelope) async {
        guard move(from: .open) else { return }
        // A stream that failed meanwhile has nobody left to tell.
        try? await stream.write(Self.bytes(envelope))
        stream.finish()
    }

    private static func response(_ output: RawJSON, id: String) throws(CallError) -> Envelope {
        guard output.count <= Envelope.maximumLength - Envelope.overhead else {
            throw CallError(
                .resourceExhausted, "the answer is \(output.count) bytes long, more than one message may be",
                retryable: false)
        }
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
