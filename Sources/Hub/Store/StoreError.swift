import Database
import GRDB

/// Why the store refused or failed. Nothing of the write has happened.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// The disk of the hub is full.
    case diskFull
    /// Too many writes are waiting; try again later.
    case overloaded
    /// Something unique is taken, or a rule of the schema forbids the change (a terminal state is final).
    case conflict(String)
    /// No row of that id.
    case notFound(String)
    /// The store has been closed.
    case closed
    /// The database is of an older release and may not be migrated now.
    case outdated(String)
    /// The database cannot be used; the text says why and what to do.
    case unusable(String)

    package var description: String {
        switch self {
        case .diskFull: "disk full on hub"
        case .overloaded: "the hub has too many writes waiting; try again later"
        case .conflict(let text), .outdated(let text), .unusable(let text): text
        case .notFound(let what): "\(what) is unknown"
        case .closed: "the hub's store is closed"
        }
    }

    /// The error of a failed start: everything becomes typed.
    init(opening error: any Error) {
        self = (Self.typed(error) as? StoreError) ?? .unusable("\(error)")
    }

    /// The store's form of a database error; other errors (those of the caller's own closure) stay as they are.
    static func typed(_ error: any Error) -> any Error {
        if DatabaseFileError.isDiskFull(error) { return StoreError.diskFull }
        switch error {
        case let error as DatabaseFileError:
            switch error {
            case .queueFull: return StoreError.overloaded
            case .closed: return StoreError.closed
            default: return StoreError.unusable("\(error)")
            }
        case let error as DatabaseError:
            guard error.resultCode == .SQLITE_CONSTRAINT else { return StoreError.unusable("\(error)") }
            return StoreError.conflict(error.message ?? "a rule of the schema forbids this")
        default: return error
        }
    }
}
