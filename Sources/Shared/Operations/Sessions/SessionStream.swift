package import CallProtocol
package import NIOCore
import Synchronization

/// A stream after its opening: chunks (`raw`) or plain bytes (`bytes`) both ways. Used by both sides.
package final class SessionStream: Sendable {
    private let stream: any CallStream
    /// On the answering side.
    private let responder: Responder?
    private let state: Mutex<State>

    private struct State {
        var decoder = ChunkDecoder()
        var rest: ByteBuffer
        /// On the calling side, while the opening is not answered.
        var awaiting: Awaiting?
    }

    /// The answer that comes before all else, and who is told of it.
    private struct Awaiting {
        let answer: RawSubscription
        let told: @Sendable (Result<RawJSON, CallError>) -> Void
    }

    /// - Parameter rest: bytes that came behind the opening.
    init(stream: any CallStream, responder: Responder? = nil, rest: ByteBuffer) {
        self.stream = stream
        self.responder = responder
        state = Mutex(State(rest: rest))
    }

    /// A session whose answer is read with its first bytes, by ``nextBytesNow()`` alone.
    init(
        stream: any CallStream, awaiting answer: RawSubscription,
        told: @escaping @Sendable (Result<RawJSON, CallError>) -> Void
    ) {
        self.stream = stream
        responder = nil
        state = Mutex(State(rest: ByteBuffer(), awaiting: Awaiting(answer: answer, told: told)))
    }

    /// On the answering side: answers the opening; from here on errors are RESETs.
    /// - Throws: ``StreamFailure`` where the call has ended meanwhile, as by its deadline.
    package func accept(_ output: some Encodable) throws {
        try responder?.accept(try JSONCoding.encode(output))
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

    /// The same, without waiting.
    package func nextBytesNow() -> StreamReading {
        if let awaiting = state.withLock({ $0.awaiting }), let reading = take(awaiting) { return reading }
        let rest = state.withLock { state in
            defer { state.rest = ByteBuffer() }
            return state.rest
        }
        return rest.readableBytes > 0 ? .bytes(rest) : stream.readNow()
    }

    /// Reads the answer to the opening. - Returns: what there is while nothing comes behind it; nil once it is accepted.
    private func take(_ awaiting: Awaiting) -> StreamReading? {
        do throws(CallError) {
            switch try awaiting.answer.nextRawNow() {
            case .nothing: return .nothing
            case .output(let output):
                let rest = awaiting.answer.accepted()
                state.withLock { ($0.rest, $0.awaiting) = (rest, nil) }
                awaiting.told(.success(output))
                return nil
            case .complete: throw CallError(.internalError, "the session ended before it was accepted")
            }
        } catch {
            state.withLock { $0.awaiting = nil }
            awaiting.told(.failure(error))
            stream.reset(error.code.linkCode, error.message)
            return .failed(StreamFailure(error.code.linkCode, error.message))
        }
    }

    /// Runs `body` once when ``nextBytesNow()`` would bring something. False, and `body` forgotten, where it would already.
    package func whenReadable(_ body: @escaping @Sendable () -> Void) -> Bool { stream.whenReadable(body) }

    /// Sends `payload` in chunks of at most 64 KiB; an empty one as one empty chunk.
    ///
    /// - Parameter type: stdin, stdout or stderr; control objects go through ``sendControl(_:)``.
    package func send(_ type: ChunkType, _ payload: ByteBuffer) async throws(StreamFailure) {
        var left = payload
        repeat {
            let piece = left.readSlice(length: min(left.readableBytes, Chunk.preferredLength)) ?? ByteBuffer()
            try await write(type, piece)
        } while left.readableBytes > 0
    }

    private func write(_ type: ChunkType, _ payload: ByteBuffer) async throws(StreamFailure) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.readableBytes + Chunk.headerLength)
        buffer.writeChunk(type, payload)
        try await stream.write(buffer)
    }

    package func sendControl(_ value: JSONValue) async throws(StreamFailure) {
        try await write(.control, RawJSON(value).buffer)
    }

    /// Sends bytes that are framed already, or plain ones of a `bytes` carriage.
    package func sendRaw(_ bytes: ByteBuffer) async throws(StreamFailure) {
        try await stream.write(bytes)
    }

    /// Sends them where that needs no waiting; false, and nothing sent, where it does.
    package func sendRawNow(_ bytes: ByteBuffer) -> Bool { stream.writeNow(bytes) }

    /// Lets what was sent leave now, where this runs on ``eventLoop``, and not with all else of this turn.
    package func flush() { stream.flush() }

    /// Runs `body` once when there is room for what ``sendRawNow(_:)`` refused, or the stream has failed. False, and `body`
    /// forgotten, where that is so already.
    package func whenWritable(_ body: @escaping @Sendable () -> Void) -> Bool { stream.whenWritable(body) }

    /// What carries it; nil where no event loop does.
    package var eventLoop: (any EventLoop)? { stream.eventLoop }

    /// Where tasks that only carry bytes run with the fewest wake-ups; nil where any place is as good.
    package var executor: (any TaskExecutor)? { eventLoop.map { EventLoopTasks($0) } }

    /// Runs `body` after so long, for good or in vain; it must not block.
    package func later(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        if let eventLoop {
            eventLoop.scheduleTask(in: TimeAmount(delay), body)
        } else {
            Task {
                try? await Task.sleep(for: delay)
                body()
            }
        }
    }

    /// Half-close.
    package func finish() { stream.finish() }

    package func reset(_ code: LinkCode, _ reason: String) { stream.reset(code, reason) }

    /// The same once everything that was sent has left, or cannot soon.
    /// - Parameter body: run when it has happened.
    package func resetBehind(_ code: LinkCode, _ reason: String, then body: @escaping @Sendable () -> Void) {
        stream.resetBehind(code, reason, then: body)
    }

    package func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void) { stream.onFailure(body) }
}
