import CallProtocol
import NIOCore
import Operations
import Store

/// What news of an attempt does to it and its workload: the rules of retrying, in one transaction with the news.
struct AttemptEngine: Sendable {
    /// Milliseconds a workload waits after its first failed try; doubles, up to ``maximumBackoff``.
    static let firstBackoff: Int64 = 1_000
    static let maximumBackoff: Int64 = 60_000

    let core: HubCore

    /// Applies the node's word. Returns what changed, for ``HubCore/announce(_:)``.
    func apply(
        _ status: AttemptStatus, at now: Int64, in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        guard let state = AttemptState(rawValue: status.state) else {
            throw JournalRowRejected(reason: "attempt state `\(status.state)` is unknown")
        }
        let receipt = try status.receipt.map { try core.countersign($0, at: now) }
        let report = AttemptReport(
            attemptId: status.attempt, state: state, exitCode: status.exitCode,
            signal: status.signal.flatMap(SignalName.number), reason: status.reason, startedAt: status.startedAt.flatMap(Timestamp.milliseconds),
            endedAt: status.endedAt.flatMap(Timestamp.milliseconds), logBytes: status.logBytes,
            logTruncated: status.logTruncated, receipt: try receipt.map { try JSONCoding.encode($0).description })
        return try settle(try transaction.applyAttempt(report, at: now), at: now, in: transaction)
    }

    /// Gives an attempt up.
    func lose(
        _ attempt: String, reason: String, at now: Int64, in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        try settle(try transaction.markLost(attempt, reason: reason, at: now), at: now, in: transaction)
    }

    private func settle(
        _ change: AttemptChange, at now: Int64, in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        switch change {
        case .unknown, .unchanged: return nil
        case .advanced(let attempt, let workload):
            return WorkloadChange(workload: workload, attempt: attempt)
        case .late(let attempt, let workload):
            try tell("attempt.late", attempt, workload, "the result of a lost attempt came after all", now, transaction)
            let finished = try transaction.finishWorkload(
                workload.id, generation: attempt.generation, state: attempt.exitCode == 0 ? .succeeded : .failed,
                exitCode: attempt.exitCode, reason: attempt.reason, at: now)
            return WorkloadChange(workload: finished ?? workload, attempt: attempt)
        case .ended(let attempt, let workload):
            guard attempt.generation == workload.generation else {
                return WorkloadChange(workload: workload, attempt: attempt)
            }
            return try conclude(attempt, workload, now, transaction)
        }
    }

    /// The workload's current attempt has ended: another one, or the end.
    private func conclude(
        _ attempt: AttemptRecord, _ workload: WorkloadRecord, _ now: Int64, _ transaction: StoreTransaction
    ) throws -> WorkloadChange {
        let spec = try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: workload.spec))
        let mayRetry = workload.attemptsMade <= (spec?.retries ?? core.configuration.defaultRetries)
        let wantsRetry =
            attempt.state == .lost || (attempt.state == .failed && spec?.retryOnFailure == true)
        let after: WorkloadRecord?
        if wantsRetry, mayRetry, !workload.cancelRequested {
            let backoff = min(Self.maximumBackoff, Self.firstBackoff << Int64(min(16, workload.attemptsMade - 1)))
            after = try transaction.requeueWorkload(
                workload.id, generation: attempt.generation,
                reason: "attempt \(attempt.number) ended as \(attempt.state.rawValue): \(attempt.reason)",
                notBefore: now + backoff, at: now)
        } else {
            let state: WorkloadState =
                switch attempt.state {
                case .succeeded: .succeeded
                case .cancelled: .cancelled
                case .lost: workload.cancelRequested ? .cancelled : .lost
                default: .failed
                }
            after = try transaction.finishWorkload(
                workload.id, generation: attempt.generation, state: state, exitCode: attempt.exitCode,
                reason: attempt.reason, at: attempt.endedAt ?? now)
        }
        let settled = after ?? workload
        let code = attempt.exitCode.map { " with exit code \($0)" } ?? ""
        try tell(
            "attempt.\(attempt.state.rawValue)", attempt, settled,
            "attempt \(attempt.number) of \(workload.name) ended as \(attempt.state.rawValue)\(code)", now, transaction)
        if settled.state.isTerminal {
            try tell(
                "workload.\(settled.state.rawValue)", attempt, settled,
                "workload \(workload.name) \(settled.state.rawValue)\(code)", now, transaction)
        }
        return WorkloadChange(workload: settled, attempt: attempt)
    }

    private func tell(
        _ kind: String, _ attempt: AttemptRecord, _ workload: WorkloadRecord, _ message: String, _ now: Int64,
        _ transaction: StoreTransaction
    ) throws {
        let isBad = attempt.state == .lost || attempt.state == .failed
        _ = try transaction.append(
            EventDraft(
                at: now, kind: kind, severity: isBad ? .warning : .info, node: attempt.nodeId, subject: workload.id,
                message: message, data: "\(JSONValue.object(["attempt": .string(attempt.id)]))"))
    }
}

/// A workload and the attempt that changed it.
struct WorkloadChange: Sendable {
    var workload: WorkloadRecord
    var attempt: AttemptRecord
}

extension HubCore {
    /// After the transaction: wakes whoever waits for these workloads.
    func announce(_ changes: [WorkloadChange?]) {
        let changes = changes.compactMap { $0 }
        guard !changes.isEmpty else { return }
        for change in changes {
            workloadTopics.fire(change.workload.id)
            if change.attempt.state.isTerminal { session(change.attempt.nodeId)?.collectLogs() }
        }
        events.wrote()
        schedulerSignal.fire()
    }
}
