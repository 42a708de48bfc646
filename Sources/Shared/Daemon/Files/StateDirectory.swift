import Glibc

/// Where a hub or a spoke keeps what it must not lose; 0700, because keys and databases lie in it.
package struct StateDirectory: Hashable, Sendable {
    /// Whose state it is.
    package enum Role: String, Sendable, CaseIterable {
        case hub, spoke
        /// Of machines without a spoke.
        case tunnels
    }

    /// No rule led to a directory: there is neither a flag, nor a variable, nor a home; or the flag is empty.
    package struct Unresolved: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
        /// Whether it is what was given that cannot be used.
        package var isMisuse = false
    }

    /// The directory, absolute or as the flag gave it, without a trailing slash.
    package let path: String

    /// A directory that is already known.
    package init(path: String) {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = trimmed
    }

    /// The state directory by the rules, first match wins: `flag` (`--state-dir`), `CAPSTAN_STATE_DIR`,
    /// `/var/lib/capstan/ROLE` for root, else `$XDG_STATE_HOME/capstan/ROLE` (default `~/.local/state`).
    /// - Throws: ``Unresolved`` when a user has no home, and for an empty flag: it is a variable of a script that was not
    ///   set, and not the wish for the system's directory.
    package static func resolve(
        _ role: Role, flag: String? = nil, environment: [String: String], isRoot: Bool = geteuid() == 0
    ) throws(Unresolved) -> StateDirectory {
        if let flag {
            guard !flag.isEmpty else {
                throw Unresolved(description: "--state-dir is empty; give it a directory", isMisuse: true)
            }
            return StateDirectory(path: flag)
        }
        if let named = environment["CAPSTAN_STATE_DIR"], !named.isEmpty { return StateDirectory(path: named) }
        if isRoot { return StateDirectory(path: "/var/lib/capstan/\(role.rawValue)") }
        let base = try xdg("XDG_STATE_HOME", "/.local/state", environment, remedy: "--state-dir or CAPSTAN_STATE_DIR")
        return StateDirectory(path: base + "/capstan/\(role.rawValue)")
    }

    /// Where contexts are kept: `CAPSTAN_CONFIG_DIR`, else `$XDG_CONFIG_HOME/capstan` (default `~/.config`).
    /// - Throws: ``Unresolved`` when there is no home.
    package static func configuration(environment: [String: String]) throws(Unresolved) -> StateDirectory {
        if let named = environment["CAPSTAN_CONFIG_DIR"], !named.isEmpty { return StateDirectory(path: named) }
        let base = try xdg("XDG_CONFIG_HOME", "/.config", environment, remedy: "CAPSTAN_CONFIG_DIR")
        return StateDirectory(path: base + "/capstan")
    }

    /// The path of `name` inside.
    package func file(_ name: String) -> String {
        path + "/" + name
    }

    /// Makes the directory and its missing parents, and sees to it that it is ours and 0700.
    /// - Throws: ``FileError/unsafeDirectory(_:reason:)`` when it belongs to someone else or is no directory.
    package func create() throws(FileError) {
        try StateDirectory.makeParents(of: path)
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileError.system(errno, "mkdir", path) }
        var status = stat()
        try Descriptor.check("stat", path) { stat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .unsafeDirectory(path, reason: "it is not a directory") }
        guard status.st_uid == geteuid() else {
            throw .unsafeDirectory(path, reason: "it belongs to user id \(status.st_uid), not to \(geteuid())")
        }
        // Made by hand, or under a loose umask: tightened, not refused, because it is ours.
        if status.st_mode & 0o777 != 0o700 { try Descriptor.check("chmod", path) { chmod(path, 0o700) } }
    }

    /// Makes `name` inside, 0700, and returns its path.
    package func subdirectory(_ name: String) throws(FileError) -> StateDirectory {
        let inner = StateDirectory(path: file(name))
        try inner.create()
        return inner
    }

    /// Makes a folder that others may read, as `mkdir -p` does.
    package static func makeFolders(_ path: String) throws(FileError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o755) != 0, errno != EEXIST { throw FileError.system(errno, "mkdir", made) }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .failed(path, operation: "mkdir", errno: ENOTDIR)
        }
    }

    /// Missing parents are made as `mkdir -p` would, but 0700: `/var/lib/capstan` holds nothing for others either.
    private static func makeParents(of path: String) throws(FileError) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let parent = String(path[..<slash])
        if access(parent, F_OK) == 0 { return }
        try makeParents(of: parent)
        if mkdir(parent, 0o700) != 0, errno != EEXIST { throw FileError.system(errno, "mkdir", parent) }
    }

    private static func xdg(
        _ variable: String, _ fallback: String, _ environment: [String: String], remedy: String
    ) throws(Unresolved) -> String {
        // The XDG Base Directory Specification says that a relative path there is to be ignored.
        if let base = environment[variable], base.hasPrefix("/") { return StateDirectory(path: base).path }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw Unresolved(description: "no home directory (HOME is not set); give \(remedy)")
        }
        return StateDirectory(path: home).path + fallback
    }
}
