import CallProtocol
import NIOCore
import Operations
import Store

/// A node's journal as far as it has been pulled over one link.
struct JournalWatch: Sendable {
    let subscription: Subscription<JournalBatch>
    /// Where it began.
    let cursor: JournalCursor?
    var isFirst = true
}

/// Pulls the node's journal: rows with their effects in one transaction, then the acknowledgement.
struct JournalPuller: Sendable {
    let session: NodeSession

    /// Pulls what there is. True where there is no more now: the session is woken when there is. False where the journal
    /// ended.
    func run() async throws -> Bool {
        var watch: JournalWatch
        if let kept = session.takeJournal() { watch = kept } else { watch = try await begin() }
        while true {
            try Task.checkCancellation()
            switch try watch.subscription.nextNow() {
            case .output(let batch):
                try await take(batch, watch)
                watch.isFirst = false
            case .complete: return false
            case .nothing:
                // Kept before it is waited for: whoever is woken looks for it.
                session.keepJournal(watch)
                if watch.subscription.whenReady(session.waker(.journal)) { return true }
                guard let again = session.takeJournal() else { return false }
                watch = again
            }
        }
    }

    private func begin() async throws -> JournalWatch {
        let (core, node) = (session.core, session.node)
        let cursor: JournalCursor?
        if let place = session.takePlace() {
            cursor = place
        } else {
            cursor = try await core.store.read { try $0.journalCursor(node) }
        }
        let subscription = try session.client.subscribe(
            JournalOperations.watch, JournalWatchInput(epoch: cursor?.epoch, after: cursor?.after ?? 0))
        return JournalWatch(subscription: subscription, cursor: cursor)
    }

    private func take(_ batch: JournalBatch, _ watch: JournalWatch) async throws {
        if watch.isFirst { try await checkForGap(batch, watch.cursor) }
        guard !batch.rows.isEmpty else { return }
        let upTo = try await apply(batch)
        do {
            _ = try await session.client.call(JournalOperations.ack, JournalAck(epoch: batch.epoch, upTo: upTo))
        } catch {
            // A node that is stopping takes no new calls, and still tells. What it is not told that the hub has, it
            // tells again, and the hub knows it.
            guard session.isParting else { throw error }
        }
    }

    private func apply(_ batch: JournalBatch) async throws -> Int64 {
        let (core, node, name) = (session.core, session.node, session.name)
        let (now, engine) = (core.clock.now(), AttemptEngine(core: core))
        let rows = batch.rows.map {
            JournalRow(id: $0.id, seq: $0.seq, kind: $0.kind, payload: $0.payload.description)
        }
        let (result, changes, unwanted) = try await core.store.writeResult { transaction in
            var changes: [WorkloadChange] = []
            var unwanted: [String] = []
            let result = try transaction.applyJournal(node, epoch: batch.epoch, rows: rows, at: now) { inner, row in
                if row.kind == "session.ended" {
                    let view = try JSONCoding.decode(TTYSessionView.self, from: .init(string: row.payload))
                    try inner.append(view.ended(on: name, node, at: now))
                    return .applied
                }
                guard row.kind == "attempt.changed" || row.kind == "attempt.finished" else { return .unknownKind }
                let status = try JSONCoding.decode(AttemptStatus.self, from: .init(string: row.payload))
                if let change = try engine.apply(status, from: node, at: now, in: inner) { changes.append(change) }
                if !status.isTerminal, try inner.attempt(status.attempt)?.state == .lost {
                    unwanted.append(status.attempt)
                }
                return .applied
            }
            return (result, changes, unwanted)
        }
        if result.dead > 0 || rows.contains(where: { $0.kind == "session.ended" }) { core.events.wrote() }
        core.announce(changes)
        // What goes on there although it was given up is ended; one that has ended by now says so.
        for attempt in unwanted { session.cancel(attempt) }
        return result.cursor.after
    }

    /// The node has forgotten rows that this hub never saw: its list of attempts is the truth then. The event is written
    /// with the place to go on from, so that one gap is told of once.
    private func checkForGap(_ batch: JournalBatch, _ cursor: JournalCursor?) async throws {
        let knows = cursor?.epoch == batch.epoch ? cursor?.after ?? 0 : 0
        guard batch.acknowledged > knows else { return }
        let told = try await session.client.call(AttemptOperations.list, AttemptListInput())
        try await session.take(in: told.attempts)
        let (now, node, name) = (session.core.clock.now(), session.node, session.name)
        let place = JournalCursor(epoch: batch.epoch, after: batch.acknowledged)
        try await session.core.store.writeResult { transaction in
            guard let missing = try transaction.skipJournal(node, to: place) else { return }
            try transaction.append(
                EventDraft(
                    at: now, kind: "journal.gap", severity: .warning, node: node,
                    message: "\(name) has forgotten journal rows \(missing.lowerBound) to \(missing.upperBound)"))
        }
        session.core.events.wrote()
    }
}

extension TTYSessionView {
    /// The event of its end.
    fileprivate func ended(on name: String, _ node: String, at now: Int64) -> EventDraft {
        let how =
            signal.map { "by the signal \($0)" } ?? exitCode.map { "with the code \($0)" } ?? "and nobody knows how"
        return EventDraft(
            at: now, kind: "session.ended", severity: state == .lost ? .warning : .info, node: node,
            subject: session, message: "the session \(self.name ?? session) on \(name) has ended \(how)")
    }
}
