import CallProtocol
import Formats
import Link
import Synchronization

/// Counts failed tries to enrol: 10 a minute a network, 100 overall. Tries that succeed cost nothing.
///
/// Few are looked at at once, the others wait for their turn, so that many that come together cannot all pass before the
/// first has failed. What is kept is bounded by the limits themselves, however many addresses try.
final class EnrolmentLimits: Sendable {
    static let perNetwork = 10
    static let overall = 100
    static let window: Int64 = 60_000
    /// Tries that are looked at at once; by so many less one the limits can be passed.
    static let concurrent = 8

    private let failures = Mutex<[(network: HostAddress, at: Int64)]>([])
    private let turns = AsyncSlots(concurrent)
    private let monotonic: @Sendable () -> Int64

    /// - Parameter monotonic: milliseconds that never go back.
    init(monotonic: @escaping @Sendable () -> Int64) {
        self.monotonic = monotonic
    }

    /// How long a network has to wait for its next try, in milliseconds; nil where it need not.
    func wait(_ network: HostAddress) -> Int64? {
        let now = monotonic()
        return failures.withLock { failures in
            failures.removeAll { now - $0.at >= Self.window }
            let own = failures.filter { $0.network == network }
            // In the order of time: room comes when the first of the last so many is forgotten.
            let blocking = [
                own.count < Self.perNetwork ? nil : own[own.count - Self.perNetwork].at,
                failures.count < Self.overall ? nil : failures[failures.count - Self.overall].at,
            ]
            return blocking.compactMap { $0 }.max().map { $0 + Self.window - now }
        }
    }

    /// Runs a try, and counts it where it fails for a reason of the one who tries.
    /// - Throws: what `body` throws; `RESOURCE_EXHAUSTED` where there have been too many, then without running it.
    func attempt<Result>(from network: HostAddress, _ body: () async throws -> Result) async throws -> Result {
        await turns.take()
        defer { turns.give() }
        if let wait = wait(network) { throw Self.refusal(wait) }
        do {
            return try await body()
        } catch let error as CallError {
            if Self.isTheirs(error.code) { failed(network) }
            throw error
        }
    }

    /// Counts a try that failed.
    func failed(_ network: HostAddress) {
        let now = monotonic()
        failures.withLock { $0.append((network, now)) }
    }

    /// In words, with the time to wait among the details: `retryAfterMs`.
    static func refusal(_ wait: Int64) -> CallError {
        CallError(.resourceExhausted, reason(wait), details: ["retryAfterMs": .integer(wait)])
    }

    static func reason(_ wait: Int64) -> String {
        "too many tries to enrol have failed; wait \(DurationText.string(.milliseconds((wait + 999) / 1_000 * 1_000)))"
    }

    private static func isTheirs(_ code: ErrorCode) -> Bool {
        ![.unavailable, .timeout, .aborted, .internalError, .resourceExhausted].contains(code)
    }
}
