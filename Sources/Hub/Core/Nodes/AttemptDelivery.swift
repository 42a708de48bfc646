import CallProtocol
import Logging
import Operations
import Store

/// Carries one order to the node and takes its answer in.
struct AttemptDelivery: Sendable {
    /// The node's time to make an attempt durable.
    static let deadlineMs: Int64 = 30_000

    let session: NodeSession

    func perform(_ work: NodeSession.Work) async {
        do {
            switch work {
            case .start(let attempt, let spec): try await start(attempt, spec)
            case .cancel(let id):
                let status = try await call(AttemptOperations.cancel, AttemptRef(attempt: id))
                try await session.take(in: status)
            case .forget(let id): _ = try await call(AttemptOperations.forget, AttemptRef(attempt: id))
            }
        } catch {
            // Whatever was not said is said again after the next connect, when the node's list is compared.
            session.core.logger.warning("order not delivered", metadata: session.meta(error))
        }
    }

    private func start(_ attempt: AttemptRecord, _ spec: WorkloadSpec) async throws {
        let order = AttemptStart(
            attempt: attempt.id, workload: attempt.workloadId, generation: attempt.generation, spec: spec)
        do {
            try await session.take(in: try await call(AttemptOperations.start, order))
        } catch let error as CallError where error.code == .resourceExhausted || error.code == .failedPrecondition {
            try await refuse(attempt, "\(session.name): \(error.message)", retry: true)
        } catch let error as CallError where error.code == .invalidInput || error.code == .conflict {
            try await refuse(attempt, "\(session.name): \(error.message)", retry: false)
        }
    }

    /// The node has said that it did not take the attempt up: nothing of it will ever run there.
    private func refuse(_ attempt: AttemptRecord, _ reason: String, retry: Bool) async throws {
        let (core, now) = (session.core, session.core.clock.now())
        let engine = AttemptEngine(core: core)
        var status = AttemptStatus(
            attempt: attempt.id, workload: attempt.workloadId, generation: attempt.generation, state: "failed")
        status.reason = reason
        let refused = status
        let change = try await core.store.write { transaction in
            retry
                ? try engine.lose(attempt.id, reason: reason, at: now, in: transaction)
                : try engine.apply(refused, at: now, in: transaction)
        }
        core.announce([change])
    }

    private func call<Input, Output>(_ operation: Operation<Input, Output>, _ input: Input) async throws -> Output {
        try await session.client.call(operation, input, .init(deadlineMs: Self.deadlineMs))
    }
}

extension NodeSession {
    /// Applies what the node says of an attempt.
    func take(in status: AttemptStatus) async throws {
        let (now, engine) = (core.clock.now(), AttemptEngine(core: core))
        let change = try await core.store.write { try engine.apply(status, at: now, in: $0) }
        core.announce([change])
    }
}
