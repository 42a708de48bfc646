package import Store

/// The hub's log: written in the store, with a word to those who follow it.
package final class EventLog: Sendable {
    private let store: HubStore
    private let signal = ChangeSignal()

    package init(store: HubStore) {
        self.store = store
    }

    /// Appends an event and wakes followers. A store that cannot take it is logged by the caller.
    package func append(_ draft: EventDraft) async throws {
        _ = try await store.write { try $0.append(draft) }
        signal.fire()
    }

    /// Tells followers that a transaction of somebody else has written events.
    package func wrote() { signal.fire() }

    /// A mark of the moment, for ``wait(after:)``.
    package var mark: UInt64 { signal.mark }

    /// Returns when something was written after `mark`, or the task is cancelled.
    package func wait(after mark: UInt64) async throws { try await signal.wait(after: mark) }
}
