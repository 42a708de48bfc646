import GRDB
import Synchronization

/// A write that waits for its turn, its result's type forgotten.
protocol Submission: Sendable {
    /// Does the work inside the open transaction and keeps its result.
    func run(_ db: Database) throws
    /// Answers the submitter: with the kept result, or with `error`. Called exactly once.
    func finish(_ error: (any Error)?)
}

/// The one kind of `Submission`: a closure and the continuation of whoever waits for it.
final class PendingWrite<T: Sendable>: Submission {
    private let body: @Sendable (Database) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private let result = Mutex<T?>(nil)

    init(body: @escaping @Sendable (Database) throws -> T, continuation: CheckedContinuation<T, any Error>) {
        self.body = body
        self.continuation = continuation
    }

    func run(_ db: Database) throws {
        let value = try body(db)
        result.withLock { $0 = value }
    }

    func finish(_ error: (any Error)?) {
        if let error {
            continuation.resume(throwing: error)
        } else if let value = result.withLock({ $0 }) {
            continuation.resume(returning: value)
        } else {
            continuation.resume(throwing: DatabaseFileError.closed)
        }
    }
}
