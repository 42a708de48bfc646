import Synchronization

/// How much more stdin may be sent: never more than the window beyond what the other side has acknowledged.
///
/// For one task that asks for room, and any that acknowledges.
final class StdinWindow: Sendable {
    private struct State {
        var sent: Int64 = 0
        var acknowledged: Int64 = 0
        /// Since when the other side has taken nothing of what it was sent.
        var quietSince: ContinuousClock.Instant?
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let limit: Int64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - limit: bytes, at least 1.
    ///   - sent: what was sent before, by whomever.
    ///   - acknowledged: how much of that was taken.
    init(limit: Int, sent: Int64 = 0, acknowledged: Int64 = 0) {
        self.limit = Int64(max(1, limit))
        let taken = min(sent, acknowledged)
        state = Mutex(State(sent: sent, acknowledged: taken, quietSince: taken < sent ? .now : nil))
    }

    /// Waits for room of a whole portion, or of the whole window where that is smaller.
    /// - Returns: how many bytes may be sent now, at most `portion`; nil once the window is closed.
    func room(for portion: Int) async -> Int? {
        let wanted = min(Int64(portion), limit)
        while true {
            let room: Int?? = state.withLock { state in
                if state.isClosed { return .some(nil) }
                let room = limit - (state.sent - state.acknowledged)
                return room >= wanted ? .some(Int(min(room, Int64(portion)))) : .none
            }
            if let room { return room }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isClosed || limit - (state.sent - state.acknowledged) >= wanted { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Whether so many bytes may be sent now.
    func fits(_ bytes: Int) -> Bool {
        state.withLock { !$0.isClosed && limit - ($0.sent - $0.acknowledged) >= Int64(bytes) }
    }

    /// To be called for every portion that is sent.
    func sent(_ bytes: Int) {
        state.withLock { state in
            state.sent += Int64(bytes)
            state.quietSince = state.quietSince ?? .now
        }
    }

    /// The other side has taken that many bytes in all; what goes back or beyond what was sent is not believed.
    func acknowledge(_ total: Int64) {
        let waiter = state.withLock { state in
            guard total > state.acknowledged, total <= state.sent else {
                return nil as CheckedContinuation<Void, Never>?
            }
            state.acknowledged = total
            state.quietSince = total == state.sent ? nil : .now
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Whether the other side has taken nothing for a while of what it was sent.
    func isStuck(for duration: Duration) -> Bool {
        state.withLock { state in
            !state.isClosed && state.quietSince.map { $0.duration(to: .now) >= duration } ?? false
        }
    }

    /// Nothing more is to be sent.
    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            return state.waiter.take()
        }
        waiter?.resume()
    }
}
