import GRDB

/// How a submit ended.
package enum SubmitOutcome: Sendable, Equatable {
    /// A new row was written, and with a key `answer` is remembered.
    case submitted
    /// The same submit came before; here is its answer.
    case repeated(IdempotencyAnswer)
    /// The key was used for another input; nothing was written.
    case keyReused
    /// The first call with the key has not ended; wait for it.
    case inProgress
}

extension StoreTransaction {
    /// Writes a workload once: with a key, row and remembered answer come in the same transaction.
    /// - Parameter answer: what a repetition of the call is to be told.
    package func submit(
        _ workload: WorkloadRecord, claim: IdempotencyClaim? = nil, answer: IdempotencyAnswer = []
    ) throws -> SubmitOutcome {
        guard let claim else {
            try workload.insert(db)
            return .submitted
        }
        switch try begin(claim) {
        case .fresh: break
        case .done(let answer): return .repeated(answer)
        case .pending: return .inProgress
        case .reused: return .keyReused
        }
        try workload.insert(db)
        try finish(claim, answer: answer)
        return .submitted
    }
}
