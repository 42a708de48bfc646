import CallProtocol
import Database

extension CallError {
    static func diskFull(_ node: String) -> CallError {
        CallError(.resourceExhausted, "disk full on \(node): make room there, then try again")
    }

    static func journalFull(_ node: String, _ limit: Int) -> CallError {
        CallError(
            .resourceExhausted,
            "\(node) holds \(limit) results that the hub has not acknowledged and takes no new work until it does")
    }

    /// The hub places the workload anew where it still waits for it.
    static func forgotten(_ id: String, _ node: String) -> CallError {
        CallError(
            .failedPrecondition, "attempt \(id) has been on \(node) before and was forgotten; it is not started again")
    }

    static func noAttempt(_ id: String) -> CallError {
        CallError(.notFound, "there is no attempt \(id) on this node")
    }

    /// What a failure of the database means for a caller; nil for any other error.
    static func database(_ error: any Error, node: String) -> CallError? {
        if DatabaseFileError.isDiskFull(error) { return .diskFull(node) }
        switch error {
        case DatabaseFileError.queueFull:
            return CallError(.resourceExhausted, "\(node) is busy writing; try again in a moment")
        case DatabaseFileError.closed:
            return CallError(.unavailable, "\(node) is shutting down")
        default: return nil
        }
    }
}
