import CallProtocol
import Daemon
import Formats
import Glibc
import NIOCore

/// How one of this machine's tunnels is, as its files tell: `run.lock`, which a running one holds, `run.pid`, and `status.json`.
struct TunnelState: Sendable {
    enum Status: String, Sendable, CaseIterable {
        /// It runs, and its address is verified.
        case running = "Running"
        /// It runs, and its address is not verified, or not any more.
        case degraded = "Degraded"
        /// It ended without a word.
        case zombie = "Zombie"
        case stopped = "Stopped"
    }

    let repo: TunnelRepo
    let status: Status
    let pid: Int32?
    /// What it told last; nil where it has told nothing.
    let told: TunnelReport?

    init(_ repo: TunnelRepo) throws {
        self.repo = repo
        let holder = try SingletonLock.holder(path: repo.lockPath)
        let noted = try Self.notedPid(repo)
        told = try TunnelReport.read(repo)
        pid = holder ?? noted
        status =
            holder != nil ? (told?.isVerified == true ? .running : .degraded) : noted != nil ? .zombie : .stopped
    }

    var isAlive: Bool { status == .running || status == .degraded }

    private static func pidPath(_ repo: TunnelRepo) -> String { repo.directory.file("run.pid") }

    private static func notedPid(_ repo: TunnelRepo) throws -> Int32? {
        guard let bytes = try AtomicFile.readIfPresent(pidPath(repo), limit: 64) else { return nil }
        return Int32(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
    }

    /// Says that this process runs it.
    static func note(_ repo: TunnelRepo) throws { try AtomicFile.write("\(getpid())\n", to: pidPath(repo)) }

    /// Whether the PID file names this process.
    static func isNoted(_ pid: Int32, _ repo: TunnelRepo) -> Bool { (try? notedPid(repo)) == pid }

    /// Nothing runs it any more. By who holds its lock.
    static func forget(_ repo: TunnelRepo) {
        try? AtomicFile.remove(pidPath(repo))
        TunnelReport.remove(repo)
    }

    /// Forgets what a process left that ended without a word, unless another runs by now.
    static func forgetEnded(_ repo: TunnelRepo) {
        guard let lock = try? repo.lock() else { return }
        forget(repo)
        lock.release()
    }
}

/// What a running tunnel tells of itself.
struct TunnelReport: Codable, Sendable {
    private static let file = "status.json"

    var id: String
    var label: String?
    /// Nil until the hub has said it.
    var endpoint: String?
    var url: String?
    var isVerified: Bool
    /// What is waited for.
    var reason: String?
    /// RFC 3339: when the process was started.
    var startedAt: String

    init(
        id: String, label: String? = nil, endpoint: String? = nil, url: String? = nil, isVerified: Bool,
        startedAt: String
    ) {
        (self.id, self.label, self.endpoint, self.url) = (id, label, endpoint, url)
        (self.isVerified, self.startedAt) = (isVerified, startedAt)
    }

    static func read(_ repo: TunnelRepo) throws -> TunnelReport? {
        guard let bytes = try AtomicFile.readIfPresent(repo.directory.file(file), limit: 65_536) else { return nil }
        return try? JSONCoding.decode(TunnelReport.self, from: ByteBuffer(bytes: bytes))
    }

    func write(_ repo: TunnelRepo) throws {
        try AtomicFile.write("\(try JSONCoding.value(of: self))\n", to: repo.directory.file(Self.file))
    }

    static func remove(_ repo: TunnelRepo) { try? AtomicFile.remove(repo.directory.file(file)) }
}
