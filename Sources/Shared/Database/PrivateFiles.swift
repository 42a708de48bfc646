import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file system's side of a database: who may read it, where damaged files go, how much room is left.
enum PrivateFiles {
    /// Makes the missing folders of `path` with mode 0700 and the file itself with mode 0600.
    ///
    /// The file exists with its mode before SQLite opens it: SQLite gives the `-wal` and `-shm` beside it the same
    /// mode, and there is no moment in which another user could open it.
    static func prepare(path: String) throws {
        try makeFolder(parent(of: path))
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("opening", path, errno) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw failure("setting the mode of", path, errno) }
    }

    /// Renames a damaged database and what lies beside it to the first free `<path>.damaged-N`.
    static func setAside(path: String) throws {
        var number = 1
        while access("\(path).damaged-\(number)", F_OK) == 0 { number += 1 }
        let target = "\(path).damaged-\(number)"
        for suffix in ["", "-wal", "-shm"] where rename(path + suffix, target + suffix) != 0 && errno != ENOENT {
            throw failure("setting aside", path + suffix, errno)
        }
    }

    /// What an unprivileged process may still write on the file system of `path`, in bytes; nil when that is unknown.
    static func freeBytes(path: String) -> UInt64? {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return nil }
        return UInt64(info.f_bavail) * UInt64(info.f_frsize)
    }

    private static func makeFolder(_ path: String) throws {
        guard access(path, F_OK) != 0 else { return }
        try makeFolder(parent(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("making", path, errno) }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ doing: String, _ path: String, _ code: Int32) -> DatabaseFileError {
        guard code != ENOSPC, code != EDQUOT else { return .diskFull(path: path) }
        return .cannotOpen(path: path, reason: "\(doing) \(path): \(String(cString: strerror(code)))")
    }
}
