package import CallProtocol
package import NIOCore
import Synchronization

/// A stream after its opening: chunks (`raw`) or plain bytes (`bytes`) both ways. Used by both sides.
package final class SessionStream: Sendable {
    private let stream: any CallStream
    private let id: String
    private let state: Mutex<State>

    private struct State {
        var decoder = ChunkDecoder()
        var rest: ByteBuffer
        var isAccepted = false
    }

    package init(stream: any CallStream, id: String, rest: ByteBuffer) {
        self.stream = stream
        self.id = id
        state = Mutex(State(rest: rest))
    }

    /// Whether the opening was answered with `call.responded`.
    package var isAccepted: Bool { state.withLock { $0.isAccepted } }

    /// Answers the opening: from here on errors are RESETs.
    package func accept(_ output: some Encodable) async throws {
        let response = CallResponse(output: try JSONCoding.encode(output))
        var buffer = ByteBuffer()
        buffer.writeEnvelope(Envelope(.responded, id: id, payload: try JSONCoding.encode(response)))
        state.withLock { $0.isAccepted = true }
        try await stream.write(buffer)
    }

    /// The next part that the other side sent; nil after its END.
    /// - Throws: ``StreamFailure``; bytes that are no chunks reset the stream.
    package func next() async throws(StreamFailure) -> ChunkDecoder.Part? {
        while true {
            if let part = try decoded({ state throws(ChunkError) in
                if state.rest.readableBytes > 0 {
                    state.decoder.append(state.rest)
                    state.rest = ByteBuffer()
                }
                return try state.decoder.next()
            }) {
                return part
            }
            guard let bytes = try await stream.read() else {
                return try decoded { state throws(ChunkError) in
                    try state.decoder.finish()
                    return nil
                }
            }
            state.withLock { $0.rest = bytes }
        }
    }

    private func decoded(
        _ body: (inout State) throws(ChunkError) -> ChunkDecoder.Part?
    ) throws(StreamFailure) -> ChunkDecoder.Part? {
        let result = state.withLock { state -> Result<ChunkDecoder.Part?, ChunkError> in
            do throws(ChunkError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let part): return part
        case .failure(let error):
            stream.reset(.frame, error.reason)
            throw StreamFailure(.frame, error.reason)
        }
    }

    /// The next plain bytes of a `bytes` carriage; nil after END.
    package func nextBytes() async throws(StreamFailure) -> ByteBuffer? {
        let rest = state.withLock { state in
            defer { state.rest = ByteBuffer() }
            return state.rest
        }
        if rest.readableBytes > 0 { return rest }
        return try await stream.read()
    }

    package func send(_ type: ChunkType, _ payload: ByteBuffer) async throws(StreamFailure) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.readableBytes + Chunk.headerLength)
        buffer.writeChunk(type, payload)
        try await stream.write(buffer)
    }

    package func sendControl(_ value: JSONValue) async throws(StreamFailure) {
        try await send(.control, RawJSON(value).buffer)
    }

    /// Sends bytes that are framed already, or plain ones of a `bytes` carriage.
    package func sendRaw(_ bytes: ByteBuffer) async throws(StreamFailure) {
        try await stream.write(bytes)
    }

    /// Half-close.
    package func finish() { stream.finish() }

    package func reset(_ code: LinkCode, _ reason: String) { stream.reset(code, reason) }

    package func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void) { stream.onFailure(body) }
}
