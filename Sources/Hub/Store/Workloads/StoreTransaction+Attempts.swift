import Database
import GRDB

extension StoreTransaction {
    /// Applies news of an attempt. Reports may be repeated and may come late or out of order.
    /// - Parameter at: unix milliseconds, the end's time where the report has none.
    package func applyAttempt(_ report: AttemptReport, at: Int64) throws -> AttemptChange {
        guard let old = try attempt(report.attemptId) else { return .unknown }
        guard !old.state.isTerminal else { return try applyLateResult(report, to: old) }
        var new = old
        new.unknownSince = report.state == .lost ? old.unknownSince : nil
        new.take(report)
        if report.state.progress > old.state.progress { new.state = report.state }
        if new.state.isTerminal { new.endedAt = report.endedAt ?? at }
        guard new != old else { return .unchanged(old) }
        try new.update(db)
        guard var workload = try workload(old.workloadId) else { return .unchanged(new) }
        guard new.state != old.state else { return .unchanged(new) }
        guard !new.state.isTerminal else { return .ended(new, workload) }
        try advanceWorkload(with: new, at: at)
        workload = try self.workload(old.workloadId) ?? workload
        return .advanced(new, workload)
    }

    /// Gives an attempt up: its node has been away too long, or knows nothing of it.
    package func markLost(_ attemptId: String, reason: String, at: Int64) throws -> AttemptChange {
        try applyAttempt(AttemptReport(attemptId: attemptId, state: .lost, reason: reason), at: at)
    }

    /// Gives up an attempt whose program was never started, because its node had no room for it: it is lost, and counts
    /// as no try of its workload.
    /// - Parameter report: what is known of it; its state is taken as `lost`.
    package func markRefused(_ report: AttemptReport, at: Int64) throws -> AttemptChange {
        guard let old = try attempt(report.attemptId), !old.state.isTerminal else {
            return try applyAttempt(report, at: at)
        }
        try db.execute(cached: "UPDATE workloads SET refusals = refusals + 1 WHERE id = ?", arguments: [old.workloadId])
        var lost = report
        lost.state = .lost
        return try applyAttempt(lost, at: at)
    }

    /// Flags all attempts on a node that went offline; those flagged before keep their time. Returns how many are
    /// newly flagged.
    @discardableResult
    package func markUnknown(on nodeId: String, since: Int64) throws -> Int {
        try db.execute(
            cached: """
                UPDATE attempts SET unknownSince = ?
                WHERE nodeId = ? AND endedAt IS NULL AND unknownSince IS NULL
                """,
            arguments: [since, nodeId])
        return changes
    }

    /// Takes the flag from all attempts on a node that is back.
    package func clearUnknown(on nodeId: String) throws {
        try db.execute(
            cached: "UPDATE attempts SET unknownSince = NULL WHERE nodeId = ? AND endedAt IS NULL", arguments: [nodeId])
    }

    /// Records that the hub has copied a log, and its final size.
    package func setLogsCollected(_ attemptId: String, bytes: Int64, truncated: Bool) throws {
        try db.execute(
            cached: "UPDATE attempts SET logsCollected = 1, logBytes = ?, logTruncated = ? WHERE id = ?",
            arguments: [bytes, truncated, attemptId])
        guard changes == 1 else { throw StoreError.notFound("attempt \(attemptId)") }
    }

    private func advanceWorkload(with attempt: AttemptRecord, at: Int64) throws {
        guard let state = attempt.state.ofWorkload else { return }
        try db.execute(
            cached: """
                UPDATE workloads SET state = ?, startedAt = COALESCE(startedAt, ?)
                WHERE id = ? AND generation = ? AND state IN ('starting', 'running')
                """,
            arguments: [
                state.rawValue, attempt.state == .running ? attempt.startedAt ?? at : nil, attempt.workloadId,
                attempt.generation,
            ])
    }

    /// Only an attempt given up by the hub can have a result of its own still; any other repetition is old news.
    private func applyLateResult(_ report: AttemptReport, to old: AttemptRecord) throws -> AttemptChange {
        guard old.state == .lost, report.state.isTerminal, report.state != .lost else { return .unchanged(old) }
        var new = old
        new.take(report)
        new.reason = old.reason
        guard new != old else { return .unchanged(old) }
        try new.update(db)
        guard let workload = try workload(old.workloadId) else { return .unchanged(new) }
        return .late(new, workload)
    }
}

extension AttemptRecord {
    /// Takes over what the report knows; what is already final is kept.
    fileprivate mutating func take(_ report: AttemptReport) {
        exitCode = exitCode ?? report.exitCode
        signal = signal ?? report.signal
        startedAt = startedAt ?? report.startedAt
        receipt = receipt ?? report.receipt
        reason = report.reason ?? reason
        logBytes = max(logBytes, report.logBytes ?? 0)
        logTruncated = logTruncated || report.logTruncated ?? false
    }
}
