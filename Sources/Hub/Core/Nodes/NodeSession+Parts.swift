import Link
import Logging
import Operations
import Store
import Synchronization

/// The parts of a session's work: who wakes them, and who does them.
extension NodeSession {
    /// Has a part of the work attended to, while the session lasts.
    func wake(_ part: Wake) { feed.yield(part) }

    /// The same for who may outlive the session, and does not hold it.
    func waker(_ part: Wake) -> @Sendable () -> Void { { [feed] in feed.yield(part) } }

    func add(_ order: AttemptOrders.Order, for attempt: String) {
        if orders.add(order, for: attempt) { wake(.orders) }
    }

    func wakeLogs() {
        let isNew = state.withLock { state in
            guard state.isReconciled, !state.collectsLogs else { return false }
            state.collectsLogs = true
            return true
        }
        if isNew { wake(.logs) }
    }

    /// Whether no log was asked for since `mark`: then whoever asks next wakes the session.
    func restsLogs(after mark: UInt64) -> Bool {
        state.withLock { state in
            guard logSignal.mark == mark else { return false }
            state.collectsLogs = false
            return true
        }
    }

    /// The place in the journal that was read together with the attempts, once: nil where there is none to take.
    func takePlace() -> JournalCursor?? { state.withLock { $0.place.take() } }

    func keepJournal(_ watch: JournalWatch) { state.withLock { $0.journal = watch } }

    /// The journal that was kept, once.
    func takeJournal() -> JournalWatch? { state.withLock { $0.journal.take() } }

    var status: Subscription<HostStatus>? { state.withLock { $0.status } }

    /// Puts a subscription, or none, in the place of the one before, which is returned.
    @discardableResult
    func keepStatus(_ subscription: Subscription<HostStatus>?) -> Subscription<HostStatus>? {
        state.withLock { state in
            defer { state.status = subscription }
            return state.status
        }
    }

    func attend(to part: Wake) async {
        switch part {
        case .orders: await carryOrders()
        case .journal: await persist("journal") { try await JournalPuller(session: self).run() }
        case .logs:
            await persist("logs") {
                try await LogCollector(session: self).run()
                return true
            }
        case .status:
            do { try await core.clock.sleep(.seconds(1)) } catch { return }
            watchStatus()
        }
    }

    private func carryOrders() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, let attempt = orders.nextAttempt() {
                await slots.take()
                group.addTask {
                    while !Task.isCancelled, let order = self.orders.next(attempt) {
                        await AttemptDelivery(session: self).perform(order, on: attempt)
                    }
                    self.slots.give()
                }
            }
        }
    }

    /// Does a part until it rests; where it breaks off, again after a pause, and says why.
    /// - Parameter body: returns whether the part rests.
    private func persist(_ part: String, _ body: () async throws -> Bool) async {
        while !Task.isCancelled {
            do {
                if try await body() { return }
            } catch {
                if Task.isCancelled || link.farewell != nil { return }
                core.logger.warning("node session: \(part)", metadata: meta(error))
            }
            do { try await core.clock.sleep(.seconds(1)) } catch { return }
        }
    }
}
