import Synchronization

/// Counts failed tries to enrol: 10 a minute an address, 100 overall. Tries that succeed cost nothing.
final class EnrolmentLimits: Sendable {
    static let perAddress = 10
    static let overall = 100
    static let window: Int64 = 60_000

    private struct State {
        var failures: [(address: String, at: Int64)] = []
    }

    private let state = Mutex(State())
    private let monotonic: @Sendable () -> Int64

    init(monotonic: @escaping @Sendable () -> Int64) {
        self.monotonic = monotonic
    }

    func admits(_ address: String) -> Bool {
        let now = monotonic()
        return state.withLock { state in
            state.failures.removeAll { now - $0.at >= Self.window }
            return state.failures.count < Self.overall
                && state.failures.count { $0.address == address } < Self.perAddress
        }
    }

    func failed(_ address: String) {
        let now = monotonic()
        state.withLock { state in
            if state.failures.count < 2 * Self.overall { state.failures.append((address, now)) }
        }
    }
}
