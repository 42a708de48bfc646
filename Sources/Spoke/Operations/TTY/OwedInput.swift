import Synchronization

/// Input that a program has taken and its caller does not know of yet.
final class OwedInput: Sendable {
    /// What is to be done when the time is over in which what is owed might have been told by the way.
    enum Due: Sendable, Hashable {
        case nothing
        case tell
        /// What is owed now came later: to be asked again after the same time.
        case later
    }

    private struct State {
        var total: Int64 = 0
        var told: Int64 = 0
        /// What was told when the time began; nil while none runs.
        var begun: Int64?
    }

    private let state = Mutex(State())

    /// The program has taken so many bytes more.
    func add(_ bytes: Int) { state.withLock { $0.total += Int64(bytes) } }

    /// Begins the time where something is owed. - Returns: false where none begins, or one runs already.
    func begin() -> Bool {
        state.withLock { state in
            guard state.total > state.told, state.begun == nil else { return false }
            state.begun = state.told
            return true
        }
    }

    /// The time is over.
    func due() -> Due {
        state.withLock { state in
            guard state.total > state.told else {
                state.begun = nil
                return .nothing
            }
            defer { state.begun = state.begun == state.told ? nil : state.told }
            return state.begun == state.told ? .tell : .later
        }
    }

    /// All that was taken so far, to be told; nil where it was told already.
    func take() -> Int64? {
        state.withLock { state in
            guard state.total > state.told else { return nil }
            state.told = state.total
            return state.total
        }
    }
}
