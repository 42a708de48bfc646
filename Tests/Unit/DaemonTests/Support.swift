import Daemon
import Glibc
import Synchronization

/// The permission bits of a file.
func mode(of path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

/// A file as text.
func text(_ path: String) throws -> String {
    String(decoding: try AtomicFile.read(path), as: UTF8.self)
}

/// Writes a file and the folders it needs.
func plant(_ text: String, at path: String) throws {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    try StateDirectory(path: "/" + folder).create()
    try AtomicFile.write(text, to: path)
}

/// The names in a folder.
func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
}

/// Keeps the lines it is given.
final class MemorySink: LineSink {
    private let kept = Mutex<[String]>([])

    var lines: [String] {
        kept.withLock { $0 }
    }

    func write(_ line: [UInt8]) -> Bool {
        kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        return true
    }
}

/// A clock that stands until it is moved; unix milliseconds.
final class HandClock: Sendable {
    private let time = Mutex<Int64>(1_700_000_000_000)

    var now: @Sendable () -> Int64 {
        { self.time.withLock { $0 } }
    }

    func advance(seconds: Int64) {
        time.withLock { $0 += seconds * 1000 }
    }
}
