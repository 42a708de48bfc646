import Synchronization

/// The subscriptions that are being served, so that a side that stops can end them: they have no end of their own, and
/// a draining link would wait for them in vain.
final class OpenSubscriptions: Sendable {
    private struct State {
        var calls: [ObjectIdentifier: RunningCall] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// Counts a call in; one that comes after ``end()`` is stopped at once.
    func insert(_ call: RunningCall) {
        let isLate = state.withLock { state in
            if !state.isStopping { state.calls[ObjectIdentifier(call)] = call }
            return state.isStopping
        }
        if isLate { call.stop(.shutdown) }
    }

    func remove(_ call: RunningCall) {
        state.withLock { state in
            state.calls[ObjectIdentifier(call)] = nil
        }
    }

    /// Stops all of them, and those that still come.
    func end() {
        let calls = state.withLock { state in
            state.isStopping = true
            return Array(state.calls.values)
        }
        for call in calls { call.stop(.shutdown) }
    }
}
