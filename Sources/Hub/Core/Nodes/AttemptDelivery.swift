import CallProtocol
import Logging
import Operations
import Store

/// Carries the orders about one attempt to the node and takes its answers in.
struct AttemptDelivery: Sendable {
    /// The node's time to make an attempt durable.
    static let deadlineMs: Int64 = 30_000
    /// How often an order may end without an answer that says anything before the attempt is given up.
    static let tries = 8

    let session: NodeSession

    func perform(_ order: AttemptOrders.Order, on attempt: String) async {
        do {
            switch order {
            case .start(let record, let spec): try await start(record, spec)
            case .cancel: try await cancel(attempt)
            case .forget: _ = try await call(AttemptOperations.forget, AttemptRef(attempt: attempt))
            }
            session.orders.succeeded(attempt)
        } catch {
            // What was not said is said again: by ``OrderSweep``, or after the next connect.
            let failures = session.orders.failed(attempt)
            if Task.isCancelled { return }
            session.core.logger.warning("order not delivered", metadata: session.meta(error))
            if case .start(let record, _) = order, failures >= Self.tries { await giveUp(record, error) }
        }
    }

    private func start(_ attempt: AttemptRecord, _ spec: WorkloadSpec) async throws {
        // The order may have been given twice, and the first time have been all there was to do: a node that was told
        // to forget an attempt would start it again.
        let (state, workload) = try await session.core.store.read { transaction in
            (try transaction.attempt(attempt.id)?.state, try transaction.workload(attempt.workloadId))
        }
        guard state == .assigned else { return }
        if workload?.cancelRequested == true {
            guard session.orders.hasFailed(attempt.id) else {
                return try await end(attempt, as: .cancelled, "cancelled before it was started")
            }
            // A start may have arrived without its answer, and a cancel before that: it follows once more.
            session.cancel(attempt.id)
        }
        guard let whole = try? session.core.seal.opened(spec, of: attempt.workloadId) else {
            return try await end(attempt, as: .failed, EnvironmentSeal.Unreadable.reason)
        }
        let order = AttemptStart(
            attempt: attempt.id, workload: attempt.workloadId, generation: attempt.generation, spec: whole,
            owner: workload?.owner)
        do {
            let status = try await call(AttemptOperations.start, order)
            session.rest.accepted()
            try await session.take(in: status)
        } catch let error as CallError {
            if error.code == .resourceExhausted { return try await noRoom(attempt, error.message) }
            guard let mayRetry = Self.refusals[error.code] else { throw error }
            try await end(attempt, as: mayRetry ? .lost : .failed, "\(session.name): \(error.message)")
        }
    }

    private func cancel(_ attempt: String) async throws {
        do {
            try await session.take(in: try await call(AttemptOperations.cancel, AttemptRef(attempt: attempt)))
        } catch let error as CallError where error.code == .notFound {
            // There is nothing to end. A start that was on its way here finds out for itself that it is not wanted.
        }
    }

    /// The node has no room now: another may have, and nobody's try is used up.
    private func noRoom(_ attempt: AttemptRecord, _ reason: String) async throws {
        let (core, now) = (session.core, session.core.clock.now())
        let engine = AttemptEngine(core: core)
        // Before the workload can be placed again.
        core.rest(attempt.nodeId, reason)
        let report = AttemptReport(attemptId: attempt.id, state: .lost, reason: "\(session.name): \(reason)")
        var change = try await core.store.writeResult { try engine.refuse(report, at: now, in: $0) }
        // It rests already; said twice it would count twice.
        change?.isRefused = false
        core.announce([change])
    }

    /// The answers that say that nothing of the attempt will ever run there, and whether another node may do better.
    private static let refusals: [ErrorCode: Bool] = [
        .failedPrecondition: true, .notFound: true, .forbidden: true,
        .unauthenticated: true, .invalidOperationKind: true, .invalidInput: false, .conflict: false,
    ]

    /// Ends an attempt of which the node has nothing; only after `lost` another may follow.
    private func end(_ attempt: AttemptRecord, as state: AttemptState, _ reason: String) async throws {
        let (core, now) = (session.core, session.core.clock.now())
        let engine = AttemptEngine(core: core)
        var status = AttemptStatus(
            attempt: attempt.id, workload: attempt.workloadId, generation: attempt.generation, state: state.rawValue)
        status.reason = reason
        let ended = status
        let change = try await core.store.writeResult { transaction in
            state == .lost
                ? try engine.lose(attempt.id, reason: reason, at: now, in: transaction)
                : try engine.apply(ended, from: attempt.nodeId, at: now, in: transaction)
        }
        core.announce([change])
    }

    /// The node answers, but never to this: the workload goes elsewhere, and what may run here after all is ended.
    private func giveUp(_ attempt: AttemptRecord, _ error: any Error) async {
        do {
            try await end(attempt, as: .lost, "\(session.name) did not take it up: \(error)")
            session.cancel(attempt.id)
        } catch {
            session.core.logger.warning("attempt not given up", metadata: session.meta(error))
        }
    }

    private func call<Input, Output>(_ operation: Operation<Input, Output>, _ input: Input) async throws -> Output {
        try await session.client.call(operation, input, .init(deadlineMs: Self.deadlineMs))
    }
}

extension NodeSession {
    /// Applies what the node says of an attempt.
    func take(in status: AttemptStatus) async throws { try await take(in: [status]) }

    /// Applies what the node says of several attempts, in one transaction.
    ///
    /// What the node says of attempts that are not its own is left out. News of something that goes on where the hub
    /// has given up is answered with its end.
    func take(in statuses: [AttemptStatus]) async throws {
        guard !statuses.isEmpty else { return }
        let (now, engine, node) = (core.clock.now(), AttemptEngine(core: core), node)
        let (changes, unwanted) = try await core.store.writeResult { transaction in
            var changes: [WorkloadChange?] = []
            var unwanted: [String] = []
            for status in statuses {
                guard let known = try transaction.attempt(status.attempt), known.nodeId == node,
                    AttemptState(rawValue: status.state) != nil
                else { continue }
                let isGivenUp = known.state == .lost || (known.state == .cancelled && known.receipt == nil)
                if isGivenUp, !status.isTerminal { unwanted.append(known.id) }
                changes.append(try engine.apply(status, from: node, at: now, in: transaction))
            }
            return (changes, unwanted)
        }
        core.announce(changes)
        for attempt in unwanted { cancel(attempt) }
    }
}
