import CallProtocol
import Formats
import NIOCore
import Operations
import Store

/// What news of an attempt does to it and its workload: the rules of retrying, in one transaction with the news.
struct AttemptEngine: Sendable {
    /// Milliseconds a workload waits after its first failed try; doubles, up to ``maximumBackoff``.
    static let firstBackoff: Int64 = 1_000
    static let maximumBackoff: Int64 = 60_000

    let core: HubCore

    /// Applies the word of a node. Returns what changed, for ``HubCore/announce(_:)``.
    /// - Throws: ``JournalRowRejected`` for an attempt that is not the node's, or a state that nobody knows.
    func apply(
        _ status: AttemptStatus, from node: String, at now: Int64, in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        guard let state = AttemptState(rawValue: status.state) else {
            throw JournalRowRejected(reason: "attempt state `\(status.state)` is unknown")
        }
        guard let known = try transaction.attempt(status.attempt) else {
            throw JournalRowRejected(reason: "attempt \(status.attempt) is not known to the hub")
        }
        guard known.nodeId == node else {
            throw JournalRowRejected(reason: "attempt \(status.attempt) was placed on another node")
        }
        let report = AttemptReport(
            attemptId: status.attempt, state: state, exitCode: status.exitCode,
            signal: status.signal.flatMap(SignalName.number), reason: status.reason,
            startedAt: status.startedAt.flatMap(RFC3339.milliseconds),
            endedAt: status.endedAt.flatMap(RFC3339.milliseconds), logBytes: status.logBytes,
            logTruncated: status.logTruncated, receipt: try receipt(of: status, known, at: now, in: transaction))
        guard status.notStarted != true else { return try refuse(report, at: now, in: transaction) }
        let change = try transaction.applyAttempt(report, at: now)
        return try settle(change, late: report, at: now, in: transaction)
    }

    /// Takes an attempt back whose node had no room for it: the workload waits for another node, or for this one, and
    /// has lost no try.
    func refuse(
        _ report: AttemptReport, at now: Int64, in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        let change = try transaction.markRefused(report, at: now)
        var settled = try settle(change, late: nil, isRefused: true, at: now, in: transaction)
        if case .ended = change { settled?.isRefused = true }
        return settled
    }

    /// The receipt to keep, signed by the hub too. One that does not hold keeps no result from counting: it is left
    /// out, and an event says so.
    private func receipt(
        of status: AttemptStatus, _ attempt: AttemptRecord, at now: Int64, in transaction: StoreTransaction
    ) throws -> String? {
        guard let receipt = status.receipt, attempt.receipt == nil else { return nil }
        let keys = try transaction.keys(of: attempt.nodeId).map { Array($0.spki) }
        do {
            let signed = try core.countersign(
                receipt, of: attempt, keys: keys, rented: try transaction.instance(ofNode: attempt.nodeId), at: now)
            return try JSONCoding.encode(signed).description
        } catch let error as ReceiptRefused {
            _ = try transaction.append(
                EventDraft(
                    at: now, kind: "receipt.refused", severity: .security, node: attempt.nodeId,
                    subject: attempt.workloadId,
                    message: "the receipt of attempt \(attempt.id) does not hold: \(error.reason)"))
            return nil
        }
    }

    /// Gives an attempt up.
    func lose(
        _ attempt: String, reason: String, at now: Int64, in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        let change = try transaction.markLost(attempt, reason: reason, at: now)
        return try settle(change, late: nil, at: now, in: transaction)
    }

    private func settle(
        _ change: AttemptChange, late report: AttemptReport?, isRefused: Bool = false, at now: Int64,
        in transaction: StoreTransaction
    ) throws -> WorkloadChange? {
        switch change {
        case .unknown, .unchanged: return nil
        case .advanced(let attempt, let workload):
            return WorkloadChange(workload: workload, attempt: attempt)
        case .late(let attempt, let workload):
            try tell("attempt.late", attempt, workload, "the result of a lost attempt came after all", now, transaction)
            guard let state = report.flatMap({ end(of: workload, byLate: $0) }) else {
                return WorkloadChange(workload: workload, attempt: attempt, isLate: true)
            }
            let finished = try transaction.finishWorkload(
                workload.id, generation: attempt.generation, state: state, exitCode: attempt.exitCode,
                reason: report?.reason ?? "", at: now)
            if let finished { try tellEnd(of: finished, attempt, now, transaction) }
            return WorkloadChange(workload: finished ?? workload, attempt: attempt, isLate: true)
        case .ended(let attempt, let workload):
            let isDrained = try core.finishDrain(attempt.nodeId, at: now, in: transaction)
            var change = WorkloadChange(workload: workload, attempt: attempt)
            if attempt.generation == workload.generation {
                change = try conclude(attempt, workload, isRefused: isRefused, now, transaction)
            }
            change.isNodeDrained = isDrained
            return change
        }
    }

    /// What a result that came too late does to a workload that was not placed again: nothing, where the program was
    /// ended only because it had been given up, or where it is tried again anyway.
    private func end(of workload: WorkloadRecord, byLate report: AttemptReport) -> WorkloadState? {
        switch report.state {
        case .succeeded: .succeeded
        case .cancelled: workload.cancelRequested ? .cancelled : nil
        case .failed: spec(of: workload)?.retryOnFailure == true && !workload.cancelRequested ? nil : .failed
        default: nil
        }
    }

    private func spec(of workload: WorkloadRecord) -> WorkloadSpec? {
        try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: workload.spec))
    }

    /// The workload's current attempt has ended: another one, or the end.
    private func conclude(
        _ attempt: AttemptRecord, _ workload: WorkloadRecord, isRefused: Bool, _ now: Int64,
        _ transaction: StoreTransaction
    ) throws -> WorkloadChange {
        let spec = spec(of: workload)
        let mayRetry = isRefused || workload.tries <= (spec?.retries ?? core.configuration.defaultRetries)
        let wantsRetry =
            attempt.state == .lost || (attempt.state == .failed && spec?.retryOnFailure == true)
        let code = attempt.exitCode.map { " with exit code \($0)" } ?? ""
        let why = EndReason.sentence(attempt.reason, of: spec).map { ": \($0)" } ?? ""
        let after: WorkloadRecord?
        if wantsRetry, mayRetry, !workload.cancelRequested {
            // After a refusal the node rests, and not the workload.
            let doublings = Int64(max(0, min(16, workload.tries - 1)))
            let backoff = isRefused ? 0 : min(Self.maximumBackoff, Self.firstBackoff << doublings)
            after = try transaction.requeueWorkload(
                workload.id, generation: attempt.generation,
                reason: "attempt \(attempt.number) ended as \(attempt.state.rawValue)\(code)\(why)"
                    + (backoff > 0 ? "; tried again at \(RFC3339.string(now + backoff))" : ""),
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
        try tell(
            "attempt.\(attempt.state.rawValue)", attempt, settled,
            "attempt \(attempt.number) of \(workload.name) ended as \(attempt.state.rawValue)\(code)", now, transaction)
        if settled.state.isTerminal { try tellEnd(of: settled, attempt, now, transaction) }
        return WorkloadChange(workload: settled, attempt: attempt)
    }

    private func tellEnd(
        of workload: WorkloadRecord, _ attempt: AttemptRecord, _ now: Int64, _ transaction: StoreTransaction
    ) throws {
        let code = attempt.exitCode.map { " with exit code \($0)" } ?? ""
        try tell(
            "workload.\(workload.state.rawValue)", attempt, workload,
            "workload \(workload.name) \(workload.state.rawValue)\(code)", now, transaction)
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
    /// Whether the attempt had been given up before.
    var isLate = false
    /// Whether the attempt's node had no room for it.
    var isRefused = false
    /// Whether with it the last attempt on a draining node has ended.
    var isNodeDrained = false
}

extension HubCore {
    /// Places nothing on a node for a while that said it had no room.
    func rest(_ node: String, _ reason: String) {
        sessions[node]?.rest.refused(reason, at: clock.monotonic())
    }

    /// After the transaction: wakes whoever waits for these workloads.
    func announce(_ changes: [WorkloadChange?]) {
        let changes = changes.compactMap { $0 }
        guard !changes.isEmpty else { return }
        for change in changes {
            if change.isRefused { rest(change.attempt.nodeId, change.attempt.reason) }
            workloadTopics.fire(change.workload.id)
            if change.isNodeDrained {
                directory.change(change.attempt.nodeId) { if $0.drain == .draining { $0.drain = .drained } }
            }
            guard change.attempt.state.isTerminal, let session = sessions[change.attempt.nodeId] else { continue }
            if change.isLate { session.collectLate(change.attempt.id) } else { session.collectLogs() }
        }
        events.wrote()
        schedulerSignal.fire()
    }
}
