import CallProtocol
import NIOCore
import Operations
import Store

/// On every connect, before anything new is placed: the node's list of attempts against the hub's.
///
/// The hub's side is read before the list is asked for: whatever the hub then takes to have been taken up was on the
/// node before it made its list. What the node has and the hub may have given up is looked up after it.
struct NodeReconciler: Sendable {
    /// Statuses that are applied in one transaction.
    static let batch = 200

    let session: NodeSession

    /// What the rest of the session begins with. It is read together with the attempts: when thousands of nodes come back,
    /// each look at the store counts.
    struct Start: Sendable {
        /// Where the journal is to be pulled from.
        var place: JournalCursor?
        /// Whether there are ended attempts without their logs.
        var hasLogs: Bool
    }

    func run() async throws -> Start {
        let (core, node) = (session.core, session.node)
        let (active, cancelled, start) = try await core.store.read { transaction in
            (
                try transaction.activeAttempts(on: node), try transaction.cancelledAttempts(on: node),
                Start(
                    place: try transaction.journalCursor(node),
                    hasLogs: try !transaction.attemptsWithoutLogs(on: node, limit: 1).isEmpty)
            )
        }
        let list = try await session.client.call(AttemptOperations.list, AttemptListInput())
        let told = list.attempts
        let known = Set(told.map(\.attempt))
        let unknown = active.filter { !known.contains($0.id) }
        if let epoch = list.epoch, unknown.contains(where: { $0.state != .assigned }) {
            let cursor = try await core.store.read { try $0.journalCursor(node) }
            guard cursor?.epoch != epoch else { throw NodeRolledBack() }
        }
        try await missing(unknown, unwanted: Set(cancelled.map(\.id)))
        try await compare(told)
        let running = Set(told.filter { !$0.isTerminal }.map(\.attempt))
        for attempt in cancelled where running.contains(attempt.id) { session.cancel(attempt.id) }
        return start
    }

    /// Attempts that the node does not know: those never delivered are delivered, the others are lost.
    private func missing(_ attempts: [AttemptRecord], unwanted: Set<String>) async throws {
        var gone: [AttemptRecord] = []
        for attempt in attempts {
            let isDeliverable = attempt.state == .assigned && !unwanted.contains(attempt.id)
            if isDeliverable, try await session.deliver(attempt) { continue }
            gone.append(attempt)
        }
        guard !gone.isEmpty else { return }
        let (core, name, lost) = (session.core, session.name, gone)
        let (now, engine) = (core.clock.now(), AttemptEngine(core: core))
        // An acknowledged result stays on the node until it is forgotten, so that here nothing is known to exist.
        let changes = try await core.store.writeResult { transaction in
            try lost.map { attempt in
                try engine.lose(attempt.id, reason: "\(name) does not know this attempt", at: now, in: transaction)
            }
        }
        core.announce(changes)
    }

    /// What the node has: taken in where the hub waits for it, ended where it has given up or placed anew, forgotten
    /// where everything of it is safe.
    private func compare(_ told: [AttemptStatus]) async throws {
        let node = session.node
        for start in stride(from: 0, to: told.count, by: Self.batch) {
            let part = told[start..<min(start + Self.batch, told.count)]
            let records = try await session.core.store.read { transaction in
                try part.map { (status: $0, record: try transaction.attempt($0.attempt)) }
            }
            try await session.take(in: records.filter { $0.record?.state.isTerminal == false }.map(\.status))
            for (status, record) in records {
                guard let record, record.nodeId == node else {
                    if !status.isTerminal { session.cancel(status.attempt) }
                    continue
                }
                guard record.state.isTerminal else { continue }
                switch (status.isTerminal, record.state == .lost) {
                case (false, _): session.cancel(status.attempt)
                case (true, true): session.collectLate(status.attempt)
                case (true, false) where record.logsCollected: session.forget(status.attempt)
                case (true, false): break
                }
            }
        }
    }
}

/// A node does not know what it confirmed before, in the same journal: it runs on a copy of the state directory, or on a
/// restored backup of it. Nothing is concluded from what such a node says, for the real one may still be at work.
struct NodeRolledBack: Error {}
