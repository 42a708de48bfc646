import Daemon

/// What `spoke down --sessions` leaves for the spoke it stops: that the programs are to end too. A file with the pid of
/// that spoke, so that no other one obeys it, whatever became of the first.
struct EndSessionsMark {
    private static let name = "end-sessions"

    let directory: StateDirectory

    private var path: String { directory.file(Self.name) }

    /// Says it to the spoke that runs as `pid`.
    func leave(for pid: Int32) throws(FileError) {
        try AtomicFile.write("\(pid)\n", to: path)
    }

    /// Whether it was said to `pid`; afterwards it is gone in any case.
    func take(for pid: Int32) -> Bool {
        defer { clear() }
        guard let bytes = try? AtomicFile.readIfPresent(path, limit: 64) else { return false }
        return String(decoding: bytes, as: UTF8.self) == "\(pid)\n"
    }

    /// What an earlier spoke did not live to obey is nobody's wish any more.
    func clear() { try? AtomicFile.remove(path) }
}
