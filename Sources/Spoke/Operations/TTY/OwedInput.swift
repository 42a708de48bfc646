import Synchronization

/// Input that a program has taken and its caller does not know of yet.
final class OwedInput: Sendable {
    private struct State {
        var total: Int64 = 0
        var told: Int64 = 0
    }

    private let state = Mutex(State())

    /// The program has taken so many bytes more. - Returns: whether nothing was owed before.
    @discardableResult
    func add(_ bytes: Int) -> Bool {
        state.withLock { state in
            defer { state.total += Int64(bytes) }
            return state.total == state.told && bytes > 0
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
