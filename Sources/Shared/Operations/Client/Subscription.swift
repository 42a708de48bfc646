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
            switch try meaning(of: envelope) {
            case .output(let output): return output
            case .complete: return nil
            case .nothing: continue
            }
        }
        _ = try over()
        return nil
    }

    /// What has come and was not taken yet, without waiting.
    package func nextRawNow() throws(CallError) -> Ready<RawJSON> {
        while !state.withLock({ $0.isOver }) {
            let envelope: Envelope?
            do {
                if let whole = try decoded(ByteBuffer()) {
                    envelope = whole
                } else {
                    switch stream.readNow() {
                    case .bytes(let bytes): envelope = try decoded(bytes)
                    case .ended: return try over()
                    case .failed(let failure): throw failure
                    case .nothing: return .nothing
                    }
                }
            } catch {
                throw broken(error)
            }
            guard let envelope else { continue }
            let meaning = try meaning(of: envelope)
            guard case .nothing = meaning else { return meaning }
        }
        return .complete
    }

    /// Runs `body` once when there may be more to take. False where there is already: it is not run then.
    package func whenReady(_ body: @escaping @Sendable () -> Void) -> Bool { stream.whenReadable(body) }

    /// What there is to take of a call's answers.
    package enum Ready<Output: Sendable>: Sendable {
        case output(Output)
        /// The call is over.
        case complete
        /// Nothing now; more may come.
        case nothing
    }

    private func meaning(of envelope: Envelope) throws(CallError) -> Ready<RawJSON> {
        switch envelope.kind {
        case .responded: return .output(try CallClient.output(of: envelope))
        case .completed:
            settle()
            return .complete
        case .aborted:
            settle()
            throw CallError(.aborted, "the call was aborted")
        case .error:
            settle()
            throw try CallClient.decode(CallError.self, envelope.payload, of: "the call")
        case .requested, .unknown: return .nothing
        }
    }

    /// The stream has ended: well only where the call was over before.
    private func over() throws(CallError) -> Ready<RawJSON> {
        guard state.withLock({ $0.isOver }) else {
            settle()
            throw CallError(.internalError, "the call ended without its last envelope")
        }
        return .complete
    }

    /// The answer to the opening of a session, and the bytes that came with it.
    func acceptance() async throws(CallError) -> (RawJSON, ByteBuffer) {
        guard let output = try await nextRaw() else {
            throw CallError(.internalError, "the session ended before it was accepted")
        }
        return (output, accepted())
    }

    /// From here on the stream belongs to the session. - Returns: the bytes that came with the answer.
    func accepted() -> ByteBuffer {
        settle()
        return state.withLock { $0.decoder.takeRest() }
    }

    /// The one answer of a query or mutation has come: what is left of the stream is its END, which comes by itself.
    func finish() {
        if stream.hasEnded { settle() } else { close() }
    }

    /// Gives the call up; without effect once it is over.
    package func close() {
        if settle() { stream.reset(.aborted, "the caller gave up") }
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
        } catch {
            return .failure(broken(error))
        }
    }

    /// What a call fails with whose answer cannot be read on; the stream ends where it has not.
    private func broken(_ error: any Error) -> CallError {
        switch error {
        case EnvelopeError.overBudget:
            stream.reset(.resourceExhausted, EnvelopeError.overBudget.reason)
            return CallError(.resourceExhausted, EnvelopeError.overBudget.reason)
        case let error as EnvelopeError:
            stream.reset(.frame, error.reason)
            return CallError(.internalError, "the answer is broken: \(error.reason)")
        case let failure as StreamFailure: return CallError(failure)
        default: return CallError(.internalError, "\(error)")
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

    /// What has come and was not taken yet, without waiting. Not beside ``next()``.
    package func nextNow() throws(CallError) -> RawSubscription.Ready<Output> {
        switch try raw.nextRawNow() {
        case .output(let output): .output(try CallClient.decode(Output.self, output, of: name))
        case .complete: .complete
        case .nothing: .nothing
        }
    }

    /// Runs `body` once when there may be more for ``nextNow()``; from any thread, also when the call breaks off. False
    /// where there is already: it is not run then.
    package func whenReady(_ body: @escaping @Sendable () -> Void) -> Bool { raw.whenReady(body) }

    package func close() { raw.close() }
}
