import Foundation
import TestKit
import Testing

@Suite(
    "HTTP tunnels on the real binary", .serialized, .enabled(if: WebServer.isThere, "lighttpd or git is not installed"))
struct WebTunnelTests {
    private static let file = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    @Test("listen: a name that answers, the same one the next time, and a page that says so while it is disabled")
    func listen() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await WebServer.with(fleet) { server in
                try server.put("file", Self.file)
                var urls: Set<String> = []
                for _ in 0..<2 {
                    let listener = try fleet.start([
                        "tunnel", "listen", "--node", "one", "--endpoint", "\(server.port)",
                    ])
                    try await until("an address: \(listener.errorsSoFar)") { listener.outputSoFar.contains("\n") }
                    let url = String(try #require(listener.outputSoFar.split(separator: "\n").first))
                    urls.insert(url)
                    let got = try await fleet.curl(url + "/file", "-o", fleet.path("got"), "-w", "%{response_code}")
                    #expect(got.code == 0 && got.text == "200", "\(got.err)")
                    #expect(try Data(contentsOf: URL(fileURLWithPath: fleet.path("got"))) == Data(Self.file))
                    listener.signal(SIGINT)
                    #expect(await listener.wait(seconds: 20).code == 0)
                    let after = try await fleet.curl(url, "-i")
                    #expect(after.text.hasPrefix("HTTP/1.1 503 ") && after.text.contains("disabled"), "\(after.text)")
                }
                #expect(urls.count == 1 && urls.allSatisfy { $0.contains(".localhost:") })
                let name = try #require(urls.first.flatMap { URLComponents(string: $0)?.host })
                #expect(try await fleet.run("tunnel", "delete", name).code == 0)
                let gone = try await fleet.curl(try #require(urls.first), "-i")
                #expect(gone.text.hasPrefix("HTTP/1.1 404 ") && gone.text.contains("There is no tunnel of this name"))
            }
        }
    }

    @Test("a git repository is cloned, pushed to and fetched from")
    func git() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await WebServer.with(fleet) { server in
                let url = try await fleet.webTunnel(to: "\(server.port)", named: "git")
                let place = try #require(URLComponents(string: url))
                let resolve = "http.curloptResolve=\(place.host ?? ""):\(place.port ?? 80):127.0.0.1"
                func git(_ words: String...) async throws {
                    let result = try await Program(
                        "/usr/bin/git", ["-c", resolve, "-c", "user.name=t", "-c", "user.email=t@t"] + words,
                        environment: fleet.environment, folder: fleet.folder
                    ).wait()
                    #expect(result.code == 0, "git \(words): \(result.err)")
                }
                let bare = server.folder.path + "/repos/r.git"
                try await git("init", "-q", "--bare", bare)
                try await git("-C", bare, "config", "http.receivepack", "true")
                try await git("clone", "-q", url + "/git/r.git", fleet.path("work"))
                // Longer than what git sends with a length: it goes in chunks.
                try Data(Self.file).write(to: URL(fileURLWithPath: fleet.path("work/file")))
                try await git("-C", fleet.path("work"), "add", "file")
                try await git("-C", fleet.path("work"), "commit", "-q", "-m", "one")
                try await git("-C", fleet.path("work"), "push", "-q", "origin", "HEAD:main")
                try await git("clone", "-q", "-b", "main", url + "/git/r.git", fleet.path("again"))
                #expect(try Data(contentsOf: URL(fileURLWithPath: fleet.path("again/file"))) == Data(Self.file))
            }
        }
    }

    @Test("an endpoint that is down is 502 with its step, and the tunnel says the same, until it is up again")
    func down() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            var (url, port) = ("", 0)
            try await WebServer.with(fleet) { server in
                try server.put("x", [1])
                port = server.port
                url = try await fleet.webTunnel(to: "\(port)", named: "app")
                #expect(try await fleet.curl(url + "/x").code == 0)
            }
            let down = try await fleet.curl(url + "/x", "-i", "-H", "Accept: text/html")
            #expect(down.text.hasPrefix("HTTP/1.1 502 "), "\(down.text)")
            #expect(down.text.contains("Capstan-Tunnel-Step: endpoint_reachable\r\n"))
            #expect(down.text.contains("<p>The endpoint of this tunnel does not answer.</p>"))
            let shown = try await fleet.run("tunnel", "show", "app.localhost")
            #expect(
                shown.text.contains("endpoint_reachable  pending: cannot connect to 127.0.0.1:\(port)"), "\(shown.text)"
            )
            try await fleet.killSpoke("one")
            let away = try await fleet.curl(url + "/x", "-i")
            #expect(away.text.hasPrefix("HTTP/1.1 502 ") && away.text.contains("spoke_connected"), "\(away.text)")
            try await fleet.startSpoke("one")
            try await WebServer.with(fleet, port: port) { server in
                #expect(try await fleet.curl(url + "/x").code == 0)
                try await until("it is ready again") {
                    try await fleet.run("tunnel", "list").text.contains("ready")
                }
            }
        }
    }

    @Test("a download whose node is killed breaks off, and the next one works as soon as there is a link again")
    func killed() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await WebServer.with(fleet) { server in
                // More than all buffers on the way hold together.
                let long = [UInt8](repeating: 7, count: 100_000_000)
                try server.put("long", long)
                let url = try await fleet.webTunnel(to: "\(server.port)", named: "app")
                let slow = try Program(
                    Curl.path,
                    [
                        "-sS", "--limit-rate", "200k", "--resolve", try Self.resolve(url), "-o", fleet.path("part"),
                        url + "/long",
                    ],
                    environment: fleet.environment, folder: fleet.folder)
                try await until("it has begun") {
                    (try? Data(contentsOf: URL(fileURLWithPath: fleet.path("part")))).map { $0.count > 0 } ?? false
                }
                try await fleet.killSpoke("one")
                let broken = await slow.wait(seconds: 40)
                #expect(broken.code == 18 || broken.code == 56, "\(broken.code) \(broken.err)")
                try await fleet.startSpoke("one")
                let whole = try await fleet.curl(url + "/long", "-o", fleet.path("whole"))
                #expect(whole.code == 0, "\(whole.err)")
                #expect(try Data(contentsOf: URL(fileURLWithPath: fleet.path("whole"))) == Data(long))
            }
        }
    }

    private static func resolve(_ url: String) throws -> String {
        let place = try #require(URLComponents(string: url))
        return "\(place.host ?? ""):\(place.port ?? 80):127.0.0.1"
    }

    @Test("who may ask: tokens and networks; what is refused is told with its code")
    func access() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await WebServer.with(fleet) { server in
                try server.put("x", Array("x\n".utf8))
                let token = "0123456789abcdefghij"
                try Data("\(token)\n".utf8).write(to: URL(fileURLWithPath: fleet.path("token")))
                let url = try await fleet.webTunnel(
                    to: "\(server.port)", named: "app", "--bearer-file", fleet.path("token"))
                let none = try await fleet.curl(url + "/x", "-i")
                #expect(none.text.hasPrefix("HTTP/1.1 401 ") && none.text.contains("WWW-Authenticate: Bearer"))
                for header in ["Authorization: Bearer \(token)", "X-Tunnel-Authorization: bearer \(token)"] {
                    #expect(try await fleet.curl(url + "/x", "-H", header).text == "x\n")
                }
                #expect(
                    try await fleet.run("tunnel", "show", "app.localhost", "-o", "json").text.contains(token) == false)
                #expect(try await fleet.run("tunnel", "update", "app.localhost", "--no-bearer").code == 0)
                #expect(try await fleet.curl(url + "/x").text == "x\n")
                #expect(
                    try await fleet.run("tunnel", "update", "app.localhost", "--allow-from", "192.0.2.0/24").code == 0)
                #expect(try await fleet.curl(url + "/x", "-i").text.hasPrefix("HTTP/1.1 403 "))
                let commands: [([String], Int32, String)] = [
                    (["--endpoint", "http://a:1", "--hostname", "app"], 64, "another tunnel's"),
                    (["--endpoint", "http://a:1", "--hostname", "a_b"], 2, "no name of a host"),
                    (["--endpoint", "http://a:1", "--port", "20000"], 2, "has a name"),
                    (["--endpoint", "tcp://a:1", "--hostname", "a"], 2, "has a port"),
                    (["--endpoint", "tcp://a:1", "--bearer-file", fleet.path("token")], 2, "tokens are for HTTP"),
                    (["--endpoint", "http://a:1", "--bearer-file", fleet.path("none")], 2, "cannot read"),
                    (["--endpoint", "ftp://a:1"], 2, "https+insecure://"),
                ]
                for (words, code, reason) in commands {
                    let refused = try await fleet.start(["tunnel", "create", "--node", "one"] + words).wait()
                    #expect(
                        refused.code == code && refused.err.contains(reason), "\(words): \(refused.code) \(refused.err)"
                    )
                }
            }
        }
    }
}
