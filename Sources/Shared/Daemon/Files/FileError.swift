import Glibc

/// Why a file could not be read or written; the path is always named, so that the message can be shown as it is.
package enum FileError: Error, Hashable, Sendable {
    /// No space, or no quota, is left where `path` lies. Nothing of the write is visible under the final name.
    case diskFull(String)
    /// There is no such file or directory.
    case notFound(String)
    /// The process may not do this with `path`.
    case denied(String)
    /// The file is longer than the reader allows; `limit` is in bytes.
    case tooLarge(String, limit: Int)
    /// The directory is not ours to keep secrets in, and why.
    case unsafeDirectory(String, reason: String)
    /// Any other failure of the system, with its `errno`.
    case failed(String, operation: String, errno: Int32)

    /// The error for an `errno` that `operation` left behind.
    package static func system(_ code: Int32, _ operation: String, _ path: String) -> FileError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path)
        case ENOENT, ENOTDIR: .notFound(path)
        case EACCES, EPERM, EROFS: .denied(path)
        default: .failed(path, operation: operation, errno: code)
        }
    }
}

extension FileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .diskFull(let path): "disk full while writing \(path)"
        case .notFound(let path): "no such file or directory: \(path)"
        case .denied(let path): "not permitted: \(path)"
        case .tooLarge(let path, let limit): "\(path) is longer than \(limit) bytes"
        case .unsafeDirectory(let path, let reason): "\(path) cannot hold secrets: \(reason)"
        case .failed(let path, let operation, let code): "\(operation) \(path): \(String(cString: strerror(code)))"
        }
    }
}
