import Synchronization

/// The calls that are being served, so that a side that stops can end its subscriptions: they have no end of their own,
/// and a draining link would wait for them in vain.
final class OpenCalls: Sendable {
    /// What a stop means to a call.
    enum Manner: Sendable {
        /// It has an end of its own and is waited for.
        case finishes
        /// A subscription that is ended at once.
        case ends
        /// A subscription that may go on until nothing else does.
        case isLast
    }

    /// How far a stop has come.
    private enum Stop {
        case none
        /// What may be last goes on.
        case others
        case all
    }

    private struct State {
        var finishing = 0
        var subscriptions: [ObjectIdentifier: (call: RunningCall, manner: Manner)] = [:]
        var stop = Stop.none

        /// What is to be stopped now.
        mutating func due() -> [RunningCall] {
            guard stop != .none else { return [] }
            let others = subscriptions.values.filter { $0.manner == .ends }
            if finishing == 0, others.isEmpty { stop = .all }
            return (stop == .all ? Array(subscriptions.values) : others).map(\.call)
        }
    }

    private let state = Mutex(State())

    /// Counts a call in; a subscription that comes too late for the stop is stopped at once.
    func insert(_ call: RunningCall, _ manner: Manner) {
        stop { state in
            if manner == .finishes {
                state.finishing += 1
            } else {
                state.subscriptions[ObjectIdentifier(call)] = (call, manner)
            }
        }
    }

    func remove(_ call: RunningCall, _ manner: Manner) {
        stop { state in
            if manner == .finishes {
                state.finishing -= 1
            } else {
                state.subscriptions[ObjectIdentifier(call)] = nil
            }
        }
    }

    /// Stops all subscriptions, and those that still come.
    /// - Parameter isAll: false lets those that may be last go on until nothing else does.
    func end(isAll: Bool) {
        stop { state in
            if isAll || state.stop == .none { state.stop = isAll ? .all : .others }
        }
    }

    private func stop(_ change: (inout State) -> Void) {
        let due = state.withLock { state in
            change(&state)
            return state.due()
        }
        for call in due { call.stop(.shutdown) }
    }
}
