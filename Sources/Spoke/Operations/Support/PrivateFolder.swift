import Glibc
import Processes

/// Folders that only this user may enter.
enum PrivateFolder {
    /// Makes a folder with mode 0700 unless it is there; the one it lies in must exist.
    static func make(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError("make \(path)", code: errno)
        }
    }
}
