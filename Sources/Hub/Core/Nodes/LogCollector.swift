import CallProtocol
import Logging
import Operations
import Store

/// Copies the logs of ended attempts to the hub, so that they outlive the node; then the node may forget them.
///
/// One log that cannot be copied keeps no other from being: it is tried again after a while.
struct LogCollector: Sendable {
    /// Ended attempts that are looked at in one pass.
    static let batch = 1_000
    /// How long a log that failed waits for its next try.
    static let retryAfter = Duration.seconds(15)

    let session: NodeSession

    /// Copies what there is to copy. Returns when there is no more: the session is woken when there is.
    func run() async throws {
        let (core, node) = (session.core, session.node)
        var failedAt: [String: Int64] = [:]
        var late: Set<String> = []
        while true {
            try Task.checkCancellation()
            let mark = session.logSignal.mark
            let now = core.clock.monotonic()
            failedAt = failedAt.filter { now - $0.value < Self.retryAfter.milliseconds }
            late.formUnion(session.takeLate())
            let attempts = try await core.store.read { [late] transaction in
                try late.compactMap { try transaction.attempt($0) }
                    + transaction.attemptsWithoutLogs(on: node, limit: Self.batch).filter { !late.contains($0.id) }
            }
            var collected = 0
            for attempt in attempts where failedAt[attempt.id] == nil {
                do {
                    try await collect(attempt, isLate: late.contains(attempt.id))
                    late.remove(attempt.id)
                    collected += 1
                } catch {
                    try Task.checkCancellation()
                    failedAt[attempt.id] = now
                    core.logger.warning("log not copied", metadata: session.meta(error))
                }
            }
            guard collected == 0 else { continue }
            // Who has nothing to try again needs no clock, nor a task: thousands of nodes rest here.
            guard !failedAt.isEmpty else {
                if session.restsLogs(after: mark) { return }
                continue
            }
            try await session.logSignal.wait(after: mark, atMost: Self.retryAfter, on: core.clock)
        }
    }

    private func collect(_ attempt: AttemptRecord, isLate: Bool) async throws {
        let core = session.core
        guard isLate || attempt.exitCode != nil || attempt.receipt != nil else {
            // Nothing ever ran, or nobody knows: there is no log to wait for.
            return try await settle(attempt, bytes: attempt.logBytes)
        }
        let writer = try await core.archive.writer(attempt.id)
        defer { writer.close() }
        do {
            let subscription = try session.client.subscribe(
                AttemptOperations.logs, AttemptLogsInput(attempt: attempt.id, offset: writer.size, follow: false))
            while true {
                guard let piece = try await subscription.next() else {
                    throw CallError(.unavailable, "the node's log of \(attempt.id) has not ended")
                }
                if piece.kind == .end { break }
                try await writer.append(piece)
            }
        } catch let error as CallError where error.code == .notFound {
            // Forgotten on the node already: there is no more than this.
        }
        try await writer.finish()
        try await settle(attempt, bytes: writer.size)
        core.workloadTopics.fire(attempt.workloadId)
        session.forget(attempt.id)
    }

    private func settle(_ attempt: AttemptRecord, bytes: Int64) async throws {
        try await session.core.store.writeResult { transaction in
            let isTruncated = try transaction.attempt(attempt.id)?.logTruncated ?? attempt.logTruncated
            try transaction.setLogsCollected(attempt.id, bytes: bytes, truncated: isTruncated)
        }
    }
}
