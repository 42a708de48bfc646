package import CallProtocol
import NIOCore
import Synchronization

/// The answers of a call as JSON, one by one. For one task at a time.
package final class RawSubscription: Sendable {
    private let stream: any CallStream
    private let state = Mutex(State())

    private struct State {
        var decoder = EnvelopeDecoder()
        var isOver = false
        var deadline: (DeadlineQueue, DeadlineQueue.Token)?
    }

    init(stream: any CallStream) {
        self.stream = stream
    }

    deinit { close() }

    func attach(_ queue: DeadlineQueue, _ token: DeadlineQueue.Token) {
        state.withLock { $0.deadline = (queue, token) }
    }

    /// The next output; nil when the call is complete. Cancelling the task aborts the call.
    package func nextRaw() async throws(CallError) -> RawJSON? {
        while let envelope = try await nextEnvelope() {
            switch envelope.kind {
            case .responded: return try CallClient.decode(CallResponse.self, envelope.payload, of: "the call").output
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
        let rest = state.withLock { state in
            state.isOver = true
            return state.decoder.takeRest()
        }
        return (output, rest)
    }

    /// Gives the call up; without effect once it is over.
    package func close() {
        let (wasOver, deadline) = state.withLock { state in
            defer {
                state.isOver = true
                state.deadline = nil
            }
            return (state.isOver, state.deadline)
        }
        deadline.map { $0.0.cancel($0.1) }
        if !wasOver { stream.reset(.aborted, "the caller gave up") }
    }

    private func finished() -> RawJSON? {
        let deadline = state.withLock { state in
            state.isOver = true
            return state.deadline.take()
        }
        deadline.map { $0.0.cancel($0.1) }
        return nil
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
            do throws(EnvelopeError) { return .success(try state.decoder.next()) } catch { return .failure(error) }
        }
        return try result.get()
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
