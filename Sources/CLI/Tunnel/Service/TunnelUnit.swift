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
        let environment = DetachedProcess.ownEnvironment().filter { Self.kept.contains($0.key) }
        return ServiceDescription(
            name: name, summary: "Capstan tunnel \(repo.name)", arguments: arguments, environment: environment,
            isSystem: repo.scope == .system)
    }

    private static let kept: Set<String> = [
        "CAPSTAN_STATE_DIR", "CAPSTAN_CONFIG_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME",
    ]

    /// - Throws: `FileError`.
    func write() async throws {
        let steps = await Systemd.version().map { $0 >= 254 } ?? false
        try StateDirectory.makeFolders(folder)
        try AtomicFile.write(try description().systemdUnit(steps: steps), to: path, mode: 0o644)
    }

    func remove() throws { try AtomicFile.remove(path) }
}
