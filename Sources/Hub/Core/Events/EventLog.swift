package import Store

/// The hub's log: written in the store, with a word to those who follow it.
package final class EventLog: Sendable {
    private let store: HubStore
    private let signal = ChangeSignal()

    package init(store: HubStore) {
        self.store = store
    }

    /// Appends events in one transaction and wakes followers. A store that cannot take them is logged by the caller.
    package func append(_ drafts: [EventDraft]) async throws {
        try await store.write { transaction in
            for draft in drafts { try transaction.append(draft) }
        }
        signal.fire()
    }

    /// Tells followers that a transaction of somebody else has written events.
    package func wrote() { signal.fire() }

    /// A mark of the moment, for ``wait(after:)``.
    package var mark: UInt64 { signal.mark }

    /// Returns when something was written after `mark`, or the task is cancelled.
    package func wait(after mark: UInt64) async throws { try await signal.wait(after: mark) }
}
