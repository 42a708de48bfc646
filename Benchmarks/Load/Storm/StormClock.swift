import Synchronization

/// How spokes without a link go on: the clock of their pauses obeys.
final class StormManner: Sendable {
    enum Kind: String, Sendable {
        /// They wait until they are told otherwise.
        case hold
        /// They dial at once, and after a refusal again after a moment.
        case atOnce = "at-once"
        /// They pause as real spokes do.
        case backoff
    }

    private struct State {
        var kind: Kind
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var next: UInt64 = 0
    }

    private let state: Mutex<State>

    init(_ kind: Kind) {
        state = Mutex(State(kind: kind))
    }

    func set(_ kind: Kind) {
        let waiters = state.withLock { state in
            state.kind = kind
            guard kind != .hold else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// A pause that was to last until `deadline`.
    fileprivate func pause(until deadline: ContinuousClock.Instant) async throws {
        switch state.withLock({ $0.kind }) {
        case .hold: await release()
        case .atOnce: try await Task.sleep(for: .milliseconds(.random(in: 250...750)))
        case .backoff: try await Task.sleep(until: deadline, clock: .continuous)
        }
        try Task.checkCancellation()
    }

    private func release() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isFree = state.withLock { state in
                    guard state.kind == .hold, !Task.isCancelled else { return true }
                    state.waiters[number] = waiter
                    return false
                }
                if isFree { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}

/// The clock that a spoke's agent takes its pauses by.
struct StormClock: Clock {
    let manner: StormManner

    var now: ContinuousClock.Instant { .now }

    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        try await manner.pause(until: deadline)
    }
}
