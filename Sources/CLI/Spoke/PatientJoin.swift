import CallProtocol
import Link
import Logging

/// Joining on a machine that nobody watches: while the hub is away it is tried again, with the pauses of dialling, for as
/// long as that takes. What the hub itself says of the token ends it.
struct PatientJoin: Sendable {
    let logger: Logger
    var clock: any Clock<Duration> = ContinuousClock()
    /// Called once, when the first try has failed.
    var isWaiting: @Sendable (_ reason: String) -> Void

    /// - Parameter once: one try; the same key and token may be used any number of times.
    /// - Throws: whatever `once` throws but `UNAVAILABLE` and `TIMEOUT`, and `CancellationError`.
    func run<Result>(_ once: () async throws -> Result) async throws -> Result {
        var backoff = DialBackoff()
        var isFirst = true
        while true {
            do {
                return try await once()
            } catch let error as CallError {
                guard error.code == .unavailable || error.code == .timeout else { throw error }
                try Task.checkCancellation()
                let wait = backoff.next(random: .random(in: 0...1))
                logger.warning(
                    "not joined yet",
                    metadata: ["reason": .string(error.message), "retryInSeconds": .stringConvertible(wait)])
                if isFirst { isWaiting(error.message) }
                isFirst = false
                try await clock.sleep(for: .seconds(wait))
            }
        }
    }
}
