import Daemon
import Glibc
import Processes

/// A tunnel as a service of this machine or user.
struct TunnelUnit: Sendable {
    let repo: TunnelRepo
    /// Where its unit lies.
    let folder: String

    init(_ repo: TunnelRepo, folder: String? = nil) throws {
        self.repo = repo
        self.folder = try folder ?? Systemd(isSystem: repo.scope == .system).folder()
    }

    var manager: Systemd { Systemd(isSystem: repo.scope == .system) }
    var name: String { "capstan-tunnel-\(repo.scope.rawValue)-\(repo.name)" }
    var unit: String { name + ".service" }
    var path: String { folder + "/" + unit }

    var isInstalled: Bool { access(path, F_OK) == 0 }

    /// What the service manager is to run. The variables that lead to its files go with it.
    func description() throws -> ServiceDescription {
        var arguments = [try OwnExecutable.path(), "tunnel", "run", "--name", repo.name]
        if repo.scope == .system { arguments.append("--system") }
        var environment = DetachedProcess.ownEnvironment().filter { Self.kept.contains($0.key) }
            .mapValues(Self.absolute)
        // systemd gives the machine's services none, and contexts are found by it.
        if repo.scope == .system { environment["HOME"] = Environment.all["HOME"] }
        return ServiceDescription(
            name: name, summary: "Capstan tunnel \(repo.name)", arguments: arguments, environment: environment,
            isSystem: repo.scope == .system)
    }

    private static let kept: Set<String> = [
        "CAPSTAN_STATE_DIR", "CAPSTAN_CONFIG_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME",
    ]

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }

    /// - Throws: `FileError`.
    func write() async throws {
        let steps = await Systemd.version().map { $0 >= 254 } ?? false
        try StateDirectory.makeFolders(folder)
        try AtomicFile.write(try description().systemdUnit(steps: steps), to: path, mode: 0o644)
    }

    /// Writes it, and has the service manager know it where that is at work.
    func install(now: Bool) async throws {
        try await write()
        guard manager.isAtWork else { return }
        try await manager.reload()
        try await manager.enable(unit, now: now)
    }

    /// Takes back what ``install(now:)`` has begun.
    func withdraw() async {
        if manager.isAtWork { try? await manager.disable(unit) }
        try? remove()
        if manager.isAtWork { try? await manager.reload() }
    }

    func remove() throws { try AtomicFile.remove(path) }
}
