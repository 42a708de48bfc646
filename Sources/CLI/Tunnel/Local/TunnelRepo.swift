import Agent
import CallProtocol
import Crypto
import Daemon
import Glibc
import Link
import Operations

/// What this machine keeps of one of its tunnels: `tunnels/NAME/`, with a key for each project inside.
struct TunnelRepo: Sendable {
    enum Scope: String, Sendable, CaseIterable {
        case user, system
    }

    let name: String
    let scope: Scope
    let directory: StateDirectory

    /// The repo of a name, whether it is there or not.
    /// - Throws: a ``Failure`` of exit code 2 for what is no name.
    init(_ name: String, _ scope: Scope) throws {
        guard Self.isName(name), !name.hasPrefix(Self.unnamed) else {
            throw Failure.misuse(
                "`\(CellText.line(name))` cannot name a tunnel: 1 to 48 letters, digits, '.', '_' and '-' can, a letter or digit "
                    + "first")
        }
        self.init(name, scope, in: StateDirectory(path: try Self.base(scope).file(name)))
    }

    /// One in that folder.
    init(_ name: String, _ scope: Scope, in directory: StateDirectory) {
        (self.name, self.scope, self.directory) = (name, scope, directory)
    }

    /// The repo of a tunnel that was given no name: one for each endpoint, project and hub.
    init(unnamed endpoint: String, project: String?, hub: [Fingerprint]) throws {
        let text = ([endpoint, project ?? ""] + hub.map(\.text).sorted().prefix(1)).joined(separator: "\n")
        let digest = SHA256.hash(data: Array(text.utf8))
        let name = Self.unnamed + Hex.encode(Array(digest).prefix(6))
        self.init(name, .user, in: StateDirectory(path: try Self.base(.user).file(name)))
    }

    private static let unnamed = "unnamed-"

    /// Whether somebody has given it its name.
    var isNamed: Bool { !name.hasPrefix(Self.unnamed) }

    /// Where repos are: `/var/lib/capstan/tunnels` for the system, else `$XDG_STATE_HOME/capstan/tunnels`; below
    /// `CAPSTAN_STATE_DIR` where that is set.
    static func base(_ scope: Scope) throws -> StateDirectory {
        let environment = Environment.all
        if let named = environment["CAPSTAN_STATE_DIR"], !named.isEmpty {
            return StateDirectory(path: named + (scope == .system ? "/system-tunnels" : "/tunnels"))
        }
        return try StateDirectory.resolve(.tunnels, environment: environment, isRoot: scope == .system)
    }

    /// All that are there, by name.
    static func all(_ scope: Scope) throws -> [TunnelRepo] {
        Folder.names(in: try base(scope).path).filter(isName).sorted().compactMap { name in
            (try? base(scope).file(name)).map { TunnelRepo(name, scope, in: StateDirectory(path: $0)) }
        }
    }

    /// The repo of this user, and the folder in it, whose key is a tunnel peer's; nil where it is another machine's.
    static func holding(_ peer: String) throws -> (repo: TunnelRepo, directory: StateDirectory)? {
        for repo in try all(.user) {
            // One that is damaged is not the one that is meant.
            for directory in repo.projects() where (try? SpokeIdentity.load(from: directory))??.peerId == peer {
                return (repo, directory)
            }
        }
        return nil
    }

    /// What the hub is to call this machine for it.
    var peerName: String {
        let host = MachineFacts.read().hostname.prefix { $0 != "." }.map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        let base = String(host.drop { $0 == "-" }.prefix(24))
        // One that begins with a digit may look like an id.
        let prefix = base.first?.isLetter == true ? base : "machine-\(base)"
        return isNamed ? "\(prefix)-\(name)" : prefix
    }

    /// Where the key of a project is.
    func project(_ project: String?) throws -> StateDirectory {
        let name = project ?? "default"
        guard HubContext.isName(name) else {
            throw Failure.misuse("`\(CellText.line(name))` cannot name a project")
        }
        return StateDirectory(path: directory.file("projects/\(name)"))
    }

    /// Where each project's key is.
    func projects() -> [StateDirectory] {
        let folder = directory.file("projects")
        return Folder.names(in: folder).sorted().map { StateDirectory(path: folder + "/" + $0) }
    }

    /// The right to run it.
    /// - Throws: a ``Failure`` of exit code 64 where it runs.
    func lock() throws -> SingletonLock { try lock(lockPath, "runs already") }

    /// The right to set it up, which says nothing of whether it runs.
    /// - Throws: a ``Failure`` of exit code 64 where somebody else does.
    func setupLock() throws -> SingletonLock { try lock(directory.file("setup.lock"), "is being set up") }

    private func lock(_ path: String, _ what: String) throws -> SingletonLock {
        try directory.create()
        do { return try SingletonLock(path: path) } catch let running as SingletonLock.AlreadyRunning {
            throw Failure(
                .conflict,
                "\(isNamed ? "the tunnel \(name)" : "a tunnel to this endpoint") \(what)"
                    + (running.pid.map { " (pid \($0))" } ?? ""),
                advice: isNamed ? "capstan tunnel status \(arguments); another --name makes another one" : nil)
        }
    }

    /// Whether it has been enrolled at a hub.
    var isEnrolled: Bool { projects().contains { (try? SpokeIdentity.exists(in: $0)) == true } }

    var lockPath: String { directory.file("run.lock") }
    var logPath: String { directory.file("tunnel.log") }

    static func isName(_ name: String) -> Bool {
        name.utf8.count <= 48 && name.first != "-" && HubContext.isName(name)
    }

    /// As commands name it.
    var arguments: String { "--name \(name)" + (scope == .system ? " --system" : "") }
}
