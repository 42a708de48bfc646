import Daemon
import Glibc

/// Paths as the system has them: bytes.
enum BytePath {
    static let slash = UInt8(ascii: "/")

    /// Lends `path` as a C string.
    static func with<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count + 1) { buffer in
            for (place, byte) in path.enumerated() { buffer[place] = CChar(bitPattern: byte) }
            buffer[path.count] = 0
            // Never empty: there is the zero.
            return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
        }
    }

    static func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }

    static func appending(_ name: [UInt8], to path: [UInt8]) -> [UInt8] {
        path.isEmpty ? name : path.last == slash ? path + name : path + [slash] + name
    }

    /// The last part; empty for the root.
    static func lastPart(_ path: [UInt8]) -> [UInt8] {
        Array(path.split(separator: slash).last ?? [])
    }

    /// What `lstat` says, or `stat` where links are followed; nil where there is nothing.
    static func status(_ path: [UInt8], follow: Bool = false) throws(ArchiveError) -> stat? {
        var status = stat()
        let result = with(path) { follow ? stat($0, &status) : lstat($0, &status) }
        if result == 0 { return status }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw .system(code, "stat", path)
    }
}

extension ArchiveError {
    static func system(_ code: Int32, _ operation: String, _ path: [UInt8]) -> ArchiveError {
        .file(.system(code, operation, BytePath.text(path)))
    }
}

extension stat {
    var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
    var isFile: Bool { st_mode & S_IFMT == S_IFREG }
    var isLink: Bool { st_mode & S_IFMT == S_IFLNK }
    /// Nanoseconds since 1970.
    var modified: Int64 { Self.nanoseconds(st_mtim) }
    var changed: Int64 { Self.nanoseconds(st_ctim) }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        // Some 290 years around 1970 fit; what is beyond is told as the last of them.
        min(max(Int64(time.tv_sec), -9_223_372_035), 9_223_372_035) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
