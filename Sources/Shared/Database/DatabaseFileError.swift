import FoundationEssentials
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a database could not be opened or written.
package enum DatabaseFileError: Error, Equatable, CustomStringConvertible {
    /// The file is damaged; `advice` says how to recover.
    case corrupt(path: String, detail: String, advice: String)
    /// A later release has migrated the file; this one does not know its schema.
    case newerVersion(path: String)
    /// The file was made by an earlier release, and may not be migrated now.
    case olderVersion(path: String)
    /// The file or its folder cannot be made, read or locked.
    case cannotOpen(path: String, reason: String)
    /// `synchronous=FULL` did not hold; nothing may be acknowledged on such a file.
    case notDurable(path: String, synchronous: Int)
    /// The file system has no room; the transaction was undone.
    case diskFull(path: String)
    /// Too many writes wait already; nothing was written.
    case queueFull(limit: Int)
    /// The database has been closed.
    case closed

    package var description: String {
        switch self {
        case .corrupt(let path, let detail, let advice): "database \(path) is damaged (\(detail)). \(advice)"
        case .newerVersion(let path):
            "database \(path) was written by a newer release of capstan; upgrade this binary or restore a backup "
                + "made by this release"
        case .olderVersion(let path):
            "database \(path) was written by an older release of capstan and may be in use; stop that release and start "
                + "this one, or use the same release"
        case .cannotOpen(let path, let reason): "database \(path) cannot be opened: \(reason)"
        case .notDurable(let path, let synchronous):
            "database \(path) does not keep commits durable (synchronous is \(synchronous), not 2)"
        case .diskFull(let path): "disk full: database \(path) could not be written"
        case .queueFull(let limit): "\(limit) writes are waiting for the database already"
        case .closed: "the database is closed"
        }
    }

    /// Whether `error`, of whatever layer, says that a disk or quota is full.
    package static func isDiskFull(_ error: any Error) -> Bool {
        switch error {
        case let error as DatabaseFileError:
            if case .diskFull = error { return true }
            return false
        case let error as DatabaseError: return error.resultCode == .SQLITE_FULL
        case let error as POSIXError: return error.code == .ENOSPC || error.code == .EDQUOT
        case let error as CocoaError: return error.code == .fileWriteOutOfSpace
        default: return false
        }
    }

    /// The same question for an error met while using the file at `path`: SQLite reports some failures of a full
    /// disk (syncing, growing the shared memory) as I/O errors without a cause, so the file system is asked.
    static func isDiskFull(_ error: any Error, path: String) -> Bool {
        if isDiskFull(error) { return true }
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_IOERR else { return false }
        return PrivateFiles.freeBytes(path: path) == 0
    }

    static func corruptFile(path: String, detail: String) -> DatabaseFileError {
        .corrupt(
            path: path, detail: detail,
            advice: "Nothing was changed. Keep a copy of the file with its -wal and -shm beside it, then restore the "
                + "last backup, or save what can be read with: sqlite3 \(path) .recover | sqlite3 recovered.db")
    }

    /// The typed form of whatever opening threw.
    static func opening(path: String, _ error: any Error) -> DatabaseFileError {
        if isDiskFull(error, path: path) { return .diskFull(path: path) }
        guard let error = error as? DatabaseError else { return .cannotOpen(path: path, reason: "\(error)") }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return corruptFile(path: path, detail: error.message ?? "\(error.resultCode)")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return .cannotOpen(path: path, reason: "another process has locked it")
        default: return .cannotOpen(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }
}
