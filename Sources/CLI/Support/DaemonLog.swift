import CallProtocol
import Daemon
import Logging

/// What the log of every daemon of ours tells of its life, beside its work: whom it took the lock over from, and why it
/// ended.
struct DaemonLog {
    let logger: Logger

    /// Runs a daemon's work. An error goes on to the caller, and its cause stands in the log before.
    func around(_ lock: SingletonLock, _ work: () async throws -> Void) async throws {
        if let pid = lock.takenOverFrom {
            logger.notice(
                "lock taken over",
                metadata: ["pid": .stringConvertible(pid), "detail": "that process ended without letting go of it"])
        }
        do {
            try await work()
        } catch {
            let failure = Failure(error)
            var metadata: Logger.Metadata = [
                "error": .string(failure.message), "code": .string(failure.code.rawValue),
                "exit": .stringConvertible(failure.exit.rawValue),
            ]
            if let advice = failure.advice { metadata["advice"] = .string(advice) }
            logger.critical("ended by an error", metadata: metadata)
            throw error
        }
    }
}
