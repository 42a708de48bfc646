import CallProtocol
import Operations
import Store

/// Copies the logs of ended attempts to the hub, so that they outlive the node; then the node may forget them.
struct LogCollector: Sendable {
    let session: NodeSession

    func run() async throws {
        let (core, node) = (session.core, session.node)
        while !Task.isCancelled {
            let mark = session.logSignal.mark
            let attempts = try await core.store.read { try $0.attemptsWithoutLogs(on: node) }
            for attempt in attempts { try await collect(attempt) }
            if attempts.isEmpty { try await session.logSignal.wait(after: mark) }
        }
    }

    private func collect(_ attempt: AttemptRecord) async throws {
        let core = session.core
        guard attempt.state != .lost, attempt.exitCode != nil || attempt.receipt != nil else {
            // Nothing ever ran, or nobody knows: there is no log to wait for.
            return try await settle(attempt, bytes: 0)
        }
        let writer = try core.archive.writer(attempt.id)
        do {
            let subscription = try session.client.subscribe(
                AttemptOperations.logs, AttemptLogsInput(attempt: attempt.id, offset: writer.size, follow: false))
            while let piece = try await subscription.next(), piece.kind != .end { try writer.append(piece) }
            try writer.finish()
        } catch let error as CallError where error.code == .notFound {
            try writer.finish()
        }
        try await settle(attempt, bytes: writer.size)
        core.workloadTopics.fire(attempt.workloadId)
        _ = try await session.client.call(AttemptOperations.forget, AttemptRef(attempt: attempt.id))
    }

    private func settle(_ attempt: AttemptRecord, bytes: Int64) async throws {
        try await session.core.store.write { transaction in
            try transaction.setLogsCollected(attempt.id, bytes: bytes, truncated: attempt.logTruncated)
        }
    }
}
