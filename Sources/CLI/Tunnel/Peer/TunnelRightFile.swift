import Daemon

/// Until when the right beside a key holds: `valid-until`, in unix milliseconds; no file where it has no end of its own.
struct TunnelRightFile {
    private let path: String

    init(_ directory: StateDirectory) { path = directory.file("valid-until") }

    func read() -> Int64? {
        guard let bytes = try? AtomicFile.readIfPresent(path, limit: 64) else { return nil }
        return Int64(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
    }

    func write(_ end: Int64?) throws(FileError) {
        if let end { try AtomicFile.write("\(end)\n", to: path) } else { try AtomicFile.remove(path) }
    }
}
