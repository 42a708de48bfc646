import Glibc
import Processes

/// How long files are.
enum FileLength {
    /// Bytes; 0 for a file that is not there.
    static func of(_ path: String) -> UInt64 {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(max(status.st_size, 0)) : 0
    }
}

extension SystemError {
    /// Whether what was asked for is not there.
    var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}
