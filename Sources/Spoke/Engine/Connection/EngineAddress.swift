/// Where a container engine listens: a Unix socket on this machine.
package struct EngineAddress: Sendable, Hashable, CustomStringConvertible {
    package var path: String

    package init(path: String) { self.path = path }

    package var description: String { "unix://" + path }

    /// What is wrong with the text of an address.
    package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The longest path that the system takes for a socket, in bytes.
    static let longestPath = 107

    /// Reads an address as `DOCKER_HOST` has it.
    /// - Throws: ``Mistake`` for anything but an absolute path behind `unix://`.
    package init(parsing text: String) throws(Mistake) {
        guard text.hasPrefix("unix://") else {
            throw Mistake(
                description: "`\(text)` is no address of an engine on this machine; write unix:///path/to/socket")
        }
        let path = String(text.dropFirst("unix://".count))
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw Mistake(description: "`\(text)`: the path of the socket must begin with /")
        }
        guard path.utf8.count <= Self.longestPath else {
            throw Mistake(description: "`\(text)`: the path is longer than \(Self.longestPath) bytes")
        }
        self.path = path
    }

    /// Where an engine may be when nobody says: Docker's own place and Podman's, the system's before the user's.
    package static func usual(environment: [String: String]) -> [EngineAddress] {
        var paths = ["/var/run/docker.sock", "/run/podman/podman.sock"]
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
            paths += [runtime + "/docker.sock", runtime + "/podman/podman.sock"]
        }
        return paths.filter { $0.utf8.count <= longestPath }.map(EngineAddress.init(path:))
    }
}
