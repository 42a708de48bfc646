import Foundation
import TestKit
import Testing

/// A web server of the distribution as an endpoint: files, and git repositories behind `git http-backend`.
struct WebServer {
    static let path = "/usr/sbin/lighttpd"
    static let backend = "/usr/lib/git-core/git-http-backend"
    static let isThere = [path, backend].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }

    let port: Int
    let folder: URL
    private let program: Program

    /// - Parameter port: a free one where left out.
    static func with(_ fleet: Fleet, port: Int? = nil, _ body: (WebServer) async throws -> Void) async throws {
        let server = try start(fleet, port: port)
        do {
            try await until("the web server listens") { (try? TCPSocket.connected(to: server.port)) != nil }
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private static func start(_ fleet: Fleet, port: Int?) throws -> WebServer {
        let port = try port ?? LoopbackPorts.free()
        let folder = fleet.folder.appendingPathComponent("web")
        for name in ["www", "repos"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let settings = """
            server.document-root = "\(folder.path)/www"
            server.bind = "127.0.0.1"
            server.port = \(port)
            server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
            $HTTP["url"] =~ "^/git" {
              alias.url = ("/git" => "\(backend)")
              cgi.assign = ("" => "")
              setenv.add-environment = ("GIT_PROJECT_ROOT" => "\(folder.path)/repos", "GIT_HTTP_EXPORT_ALL" => "")
            }
            """
        let file = folder.appendingPathComponent("web.conf")
        try Data(settings.utf8).write(to: file)
        let program = try Program(path, ["-D", "-f", file.path], environment: fleet.environment, folder: folder)
        return WebServer(port: port, folder: folder, program: program)
    }

    private func stop() async {
        program.signal(SIGKILL)
        _ = await program.wait(seconds: 20)
    }

    func put(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.appendingPathComponent("www/\(name)"))
    }
}

extension Fleet {
    /// Makes an HTTP tunnel by node `one`; returns its address.
    func webTunnel(to endpoint: String, named name: String, _ more: String...) async throws -> String {
        let made = try await start(
            ["tunnel", "create", "--node", "one", "--endpoint", endpoint, "--hostname", name, "-o", "json"] + more
        ).wait()
        #expect(made.code == 0, "\(made.err)")
        let view = try #require(try made.json() as? [String: Any])
        return try #require(view["url"] as? String)
    }

    /// Asks an address of a tunnel, wherever its name leads.
    func curl(_ url: String, _ more: String...) async throws -> Program.Result {
        let place = try #require(URLComponents(string: url))
        let (host, port) = (try #require(place.host), place.port ?? (place.scheme == "https" ? 443 : 80))
        return try await Program(
            Curl.path,
            ["-sS", "--max-time", "30", "--noproxy", "*", "--resolve", "\(host):\(port):127.0.0.1"] + more + [url],
            environment: environment, folder: folder
        ).wait()
    }
}
