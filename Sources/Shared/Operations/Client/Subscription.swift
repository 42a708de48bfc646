package import CallProtocol
import NIOCore
import Synchronization

/// The answers of a call as JSON, one by one. For one task at a time.
package final class RawSubscription: Sendable {
    private let stream: any CallStream
    private let state: Mutex<State>

    private struct State {
        var decoder: EnvelopeDecoder
        var isOver = false
        var deadline: (DeadlineQueue, DeadlineQueue.Token)?
        /// Bytes of the link's assembly budget taken for a message that is not whole.
        var assembling = 0
    }

    init(stream: any CallStream, answerLimit: Int = Envelope.maximumLength) {
        self.stream = stream
        state = Mutex(State(decoder: EnvelopeDecoder(limit: answerLimit)))
    }

    deinit { close() }

    func attach(_ queue: DeadlineQueue, _ token: DeadlineQueue.Token) {
        state.withLock { $0.deadline = (queue, token) }
    }

    /// The next output; nil when the call is complete. Cancelling the task aborts the call.
    package func nextRaw() async throws(CallError) -> RawJSON? {
        while let envelope = try await nextEnvelope() {
            switch envelope.kind {
            case .responded: return try CallClient.output(of: envelope)
            case .completed: return finished()
            case .aborted:
                _ = finished()
                throw CallError(.aborted, "the call was aborted")
            case .error:
                _ = finished()
                throw try CallClient.decode(CallError.self, envelope.payload, of: "the call")
            case .requested, .unknown: continue
            }
        }
        guard state.withLock({ $0.isOver }) else {
            _ = finished()
            throw CallError(.internalError, "the call ended without its last envelope")
        }
        return nil
    }

    /// The answer to the opening of a session, and the bytes that came with it.
    func acceptance() async throws(CallError) -> (RawJSON, ByteBuffer) {
        guard let output = try await nextRaw() else {
            throw CallError(.internalError, "the session ended before it was accepted")
        }
        // From here on the stream belongs to the session.
        _ = finished()
        return (output, state.withLock { $0.decoder.takeRest() })
    }

    /// The one answer of a query or mutation has come: what is left of the stream is its END, which comes by itself.
    func finish() {
        if stream.hasEnded { _ = finished() } else { close() }
    }

    /// Gives the call up; without effect once it is over.
    package func close() {
        if settle() { stream.reset(.aborted, "the caller gave up") }
    }

    private func finished() -> RawJSON? {
        settle()
        return nil
    }

    /// Marks the call over and gives back what it held; false when it was over already.
    @discardableResult
    private func settle() -> Bool {
        let (wasOver, deadline, held) = state.withLock { state in
            defer { (state.isOver, state.assembling) = (true, 0) }
            return (state.isOver, state.deadline.take(), state.assembling)
        }
        deadline.map { $0.0.cancel($0.1) }
        if held > 0 { stream.assembly.give(back: held) }
        return !wasOver
    }

    private func nextEnvelope() async throws(CallError) -> Envelope? {
        guard !state.withLock({ $0.isOver }) else { return nil }
        let result = await withTaskCancellationHandler {
            await readEnvelope()
        } onCancel: {
            close()
        }
        return try result.get()
    }

    private func readEnvelope() async -> Result<Envelope?, CallError> {
        do {
            while true {
                if let envelope = try decoded(ByteBuffer()) { return .success(envelope) }
                guard let bytes = try await stream.read() else { break }
                if let envelope = try decoded(bytes) { return .success(envelope) }
            }
            return .success(nil)
        } catch EnvelopeError.overBudget {
            stream.reset(.resourceExhausted, EnvelopeError.overBudget.reason)
            return .failure(CallError(.resourceExhausted, EnvelopeError.overBudget.reason))
        } catch let error as EnvelopeError {
            stream.reset(.frame, error.reason)
            return .failure(CallError(.internalError, "the answer is broken: \(error.reason)"))
        } catch let failure as StreamFailure {
            return .failure(CallError(failure))
        } catch {
            return .failure(CallError(.internalError, "\(error)"))
        }
    }

    private func decoded(_ bytes: ByteBuffer) throws -> Envelope? {
        let result = state.withLock { state -> Result<Envelope?, EnvelopeError> in
            if bytes.readableBytes > 0 { state.decoder.append(bytes) }
            do throws(EnvelopeError) {
                let envelope = try state.decoder.next()
                try account(for: envelope == nil ? state.decoder.pendingBytes : 0, &state)
                return .success(envelope)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// What is being assembled counts against the budget of the link.
    private func account(for bytes: Int, _ state: inout State) throws(EnvelopeError) {
        let more = state.isOver ? 0 : bytes - state.assembling
        if more < 0 { stream.assembly.give(back: -more) }
        if more > 0, !stream.assembly.take(more) { throw .overBudget }
        state.assembling += more
    }
}

/// The answers of a subscription with their Swift type.
package struct Subscription<Output: Decodable & Sendable>: Sendable {
    private let raw: RawSubscription
    private let name: String

    init(_ raw: RawSubscription, name: String) {
        self.raw = raw
        self.name = name
    }

    /// The next output; nil when the subscription is complete.
    package func next() async throws(CallError) -> Output? {
        guard let output = try await raw.nextRaw() else { return nil }
        return try CallClient.decode(Output.self, output, of: name)
    }

    package func close() { raw.close() }
}
