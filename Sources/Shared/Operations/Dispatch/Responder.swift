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

    /// Bytes that commonly stand around an output.
    private static let around = 128

    private let stream: any CallStream
    private let id: String
    private let state = Mutex(State())

    private struct State {
        var phase = Phase.open
        /// Outputs on their way into the stream.
        var writing = 0
        /// The end that waits for them, so that nothing follows it.
        var lastWord: ByteBuffer?

        mutating func move(from expected: Phase, to next: Phase) -> Bool {
            guard phase == expected else { return false }
            phase = next
            return true
        }
    }

    init(stream: any CallStream, id: String) {
        self.stream = stream
        self.id = id
    }

    /// One `call.responded` of several.
    func respond(_ output: RawJSON) async throws {
        let bytes = try response(output)
        let mayWrite = state.withLock { state in
            if state.phase == .open { state.writing += 1 }
            return state.phase == .open
        }
        guard mayWrite else { throw StreamFailure(.aborted, "the call is over") }
        let result: Result<Void, StreamFailure>
        do throws(StreamFailure) { result = .success(try await stream.write(bytes)) } catch { result = .failure(error) }
        let lastWord = state.withLock { state in
            state.writing -= 1
            return state.writing == 0 ? state.lastWord.take() : nil
        }
        if let lastWord { await send(lastWord) }
        try result.get()
    }

    /// Answers the opening of a session. It is the first that this side says, so there is room for it.
    func accept(_ output: RawJSON) throws {
        let bytes = try response(output)
        let mayAccept = state.withLock { $0.move(from: .open, to: .accepted) }
        guard mayAccept, stream.writeNow(bytes) else {
            throw stream.failure ?? StreamFailure(.aborted, "the call is over")
        }
    }

    var isAccepted: Bool { state.withLock { $0.phase == .accepted } }

    /// The end of a session that was accepted.
    func close() {
        if state.withLock({ $0.move(from: .accepted, to: .over) }) { stream.finish() }
    }

    /// The only answer of a query or mutation.
    func conclude(_ output: RawJSON) async throws {
        await end(try response(output))
    }

    func complete() async { await end(Self.bytes(.completed(id: id))) }

    func abort() async { await end(Self.bytes(.aborted(id: id))) }

    /// Ends with an error: an envelope, or a RESET where the session was accepted.
    func fail(_ error: CallError) async {
        if state.withLock({ $0.move(from: .accepted, to: .over) }) {
            return stream.reset(error.code.linkCode, error.message)
        }
        let payload = (try? JSONCoding.encode(error)) ?? .emptyObject
        await end(Self.bytes(Envelope(.error, id: id, payload: payload)))
    }

    private func end(_ envelope: ByteBuffer) async {
        let isDue = state.withLock { state in
            guard state.move(from: .open, to: .over) else { return false }
            if state.writing > 0 { state.lastWord = envelope }
            return state.writing == 0
        }
        if isDue { await send(envelope) }
    }

    private func send(_ envelope: ByteBuffer) async {
        // A stream that failed meanwhile has nobody left to tell.
        try? await stream.write(envelope)
        stream.finish()
    }

    private func response(_ output: RawJSON) throws(CallError) -> ByteBuffer {
        guard output.count <= Envelope.maximumLength - Envelope.overhead else {
            throw CallError(
                .resourceExhausted, "the answer is \(output.count) bytes long, more than one message may be",
                retryable: false)
        }
        var buffer = ByteBufferAllocator().buffer(capacity: output.count + Self.around)
        buffer.writeEnvelope(.responded, id: id) { CallResponse(output: output).write(to: &$0) }
        return buffer
    }

    private static func bytes(_ envelope: Envelope) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeEnvelope(envelope)
        return buffer
    }
}
