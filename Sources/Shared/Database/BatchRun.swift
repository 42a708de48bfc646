import GRDB

/// One turn of the writer: commits a batch of writes and answers every submitter.
struct BatchRun {
    let path: String
    let db: Database

    /// Runs `batch` in one transaction, or each write alone when SQLite could not keep the shared one.
    func run(_ batch: [any Submission]) {
        guard batch.count > 1 else {
            batch.forEach(runAlone)
            return
        }
        do {
            let errors = try shareTransaction(batch)
            for (write, error) in zip(batch, errors) { write.finish(error.map(typed)) }
        } catch let error where Self.isWorthRetryingAlone(error) {
            // Nothing of the shared transaction is left. Alone, the small and the innocent may still succeed.
            batch.forEach(runAlone)
        } catch {
            for write in batch { write.finish(typed(error)) }
        }
    }

    /// SQLite gave up the shared transaction while one of its writes ran.
    private struct TransactionLost: Error {}

    /// False for what would meet every write alike and cost a time-out each, such as a lock held by someone else.
    private static func isWorthRetryingAlone(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return error is TransactionLost }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_ABORT, .SQLITE_CONSTRAINT: return true
        default: return false
        }
    }

    /// The error of each write, or throws when the transaction as a whole was lost.
    private func shareTransaction(_ batch: [any Submission]) throws -> [(any Error)?] {
        var errors: [(any Error)?] = []
        try db.inTransaction(.immediate) {
            for write in batch {
                do {
                    try db.inSavepoint {
                        try write.run(db)
                        return .commit
                    }
                    errors.append(nil)
                } catch {
                    // SQLite undoes everything, savepoints included, after some errors (SQLITE_FULL, SQLITE_IOERR).
                    guard db.isInsideTransaction else { throw TransactionLost() }
                    errors.append(error)
                }
            }
            return .commit
        }
        return errors
    }

    private func runAlone(_ write: any Submission) {
        do {
            try db.inTransaction(.immediate) {
                try write.run(db)
                return .commit
            }
            write.finish(nil)
        } catch {
            write.finish(typed(error))
        }
    }

    private func typed(_ error: any Error) -> any Error {
        DatabaseFileError.isDiskFull(error, path: path) ? DatabaseFileError.diskFull(path: path) : error
    }
}
