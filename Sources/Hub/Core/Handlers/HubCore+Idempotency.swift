import CallProtocol
import NIOCore
import Operations
import Store
import Synchronization

/// Mutations that are remembered by their key for 24 h: asked again, they answer as before and do nothing.
///
/// Not remembered here: `workload/submit`, which keeps its answer in the transaction of its effect; `peer/enrol` and
/// `peer/rotate`, whose key is the peer's own; and `token/create`, whose answer is a secret that the store must not hold.
extension HubCore {
    /// What is stored of an ended call.
    private struct Answer: Codable {
        var output: RawJSON?
        var error: CallError?
    }

    func remembered(_ entry: OperationEntry) -> OperationEntry {
        guard
            entry.descriptor.kind == .mutation, entry.descriptor.name != WorkloadOperations.submit.name,
            case .unary(let body) = entry.handler
        else { return entry }
        return OperationEntry(
            descriptor: entry.descriptor,
            handler: .unary { input, context in
                guard let key = context.idempotencyKey else { return try await body(input, context) }
                let claim = IdempotencyClaim(
                    peerId: context.caller.peer, operation: context.operation, key: key,
                    fingerprint: context.inputFingerprint, at: self.clock.now())
                return try await self.once(claim) { try await body(input, context) }
            })
    }

    private func once(_ claim: IdempotencyClaim, _ body: () async throws -> RawJSON) async throws -> RawJSON {
        let topic = "\(claim.peerId)/\(claim.operation)/\(claim.key)"
        let change = idempotencyTopics.acquire(topic)
        defer { idempotencyTopics.release(topic) }
        while true {
            let mark = change.mark
            // Who is at work is known here and not by the store: a row that could not be given back is nobody's work.
            let isFirst = claimsAtWork.withLock { $0.insert(topic).inserted }
            guard isFirst else {
                if let answer = try known(try await store.read { try $0.state(of: claim) }) { return answer }
                try await change.wait(after: mark)
                continue
            }
            defer {
                claimsAtWork.withLock { _ = $0.remove(topic) }
                change.fire()
            }
            let state = try await store.write { try $0.begin(claim, replacingPending: true) }
            if let answer = try known(state) { return answer }
            return try await settle(claim, body)
        }
    }

    /// The answer of an ended claim; nil where there is none yet.
    private func known(_ state: IdempotencyState) throws -> RawJSON? {
        switch state {
        case .done(let bytes): return try Self.answer(bytes)
        case .reused: throw CallError(.conflict, "the idempotency key was used for another input; use a new key")
        case .fresh, .pending: return nil
        }
    }

    /// Runs the effect and keeps its answer; endings that may be otherwise next time are forgotten.
    private func settle(_ claim: IdempotencyClaim, _ body: () async throws -> RawJSON) async throws -> RawJSON {
        do {
            let output = try await body()
            try await keep(claim, Answer(output: output))
            return output
        } catch let error as CallError where Self.isFinal(error) {
            try await keep(claim, Answer(error: error))
            throw error
        } catch {
            // A row that stays, on a full disk, is replaced by whoever asks next; the error is the call's own.
            try? await store.writeResult { try $0.forget(claim) }
            throw error
        }
    }

    private func keep(_ claim: IdempotencyClaim, _ answer: Answer) async throws {
        let bytes = Array(try JSONCoding.encode(answer).buffer.readableBytesView)
        try await store.writeResult { try $0.finish(claim, answer: bytes) }
    }

    private static func answer(_ bytes: IdempotencyAnswer) throws -> RawJSON {
        let answer = try JSONCoding.decode(Answer.self, from: ByteBuffer(bytes: bytes))
        if let error = answer.error { throw error }
        return answer.output ?? .emptyObject
    }

    /// Whether the same call would end the same. What may have had its effect at a provider is never begun again.
    private static func isFinal(_ error: CallError) -> Bool {
        if error.details?["mayHaveHappened"] == true { return true }
        return !error.retryable
            && ![.unavailable, .timeout, .aborted, .internalError, .resourceExhausted].contains(error.code)
    }
}

/// Operations that come and go, whose mutations are remembered as the hub's own are.
struct RememberingSource: OperationSource {
    private let source: any OperationSource
    // The core holds this, by way of its dispatcher.
    private weak let core: HubCore?

    init(_ source: any OperationSource, core: HubCore) {
        self.source = source
        self.core = core
    }

    func entry(_ name: String, for caller: Caller) throws(CallError) -> OperationEntry? {
        guard let entry = try source.entry(name, for: caller) else { return nil }
        return core?.remembered(entry) ?? entry
    }

    var descriptors: [OperationDescriptor] { source.descriptors }

    func descriptor(_ name: String, for caller: Caller) throws(CallError) -> OperationDescriptor? {
        try source.descriptor(name, for: caller)
    }
}
