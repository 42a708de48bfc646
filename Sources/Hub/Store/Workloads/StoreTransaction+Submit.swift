import GRDB

/// How a submit ended.
package enum SubmitOutcome: Sendable, Equatable {
    /// A new row was written, and with a key `answer` is remembered.
    case submitted
    /// The same submit came before; here is its answer.
    case repeated(IdempotencyAnswer)
    /// The key was used for another input; nothing was written.
    case keyReused
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
        // Claim and answer are of one transaction, so that a claim without an answer is nobody's.
        switch try begin(claim, replacingPending: true) {
        case .fresh, .pending: break
        case .done(let answer): return .repeated(answer)
        case .reused: return .keyReused
        }
        try workload.insert(db)
        try finish(claim, answer: answer)
        return .submitted
    }
}
