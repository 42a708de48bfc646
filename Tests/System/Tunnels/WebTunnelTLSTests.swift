import Foundation
import TestKit
import Testing

@Suite("HTTP tunnels with TLS, on the real binary", .serialized)
struct WebTunnelTLSTests {
    /// Makes a certificate for a name; returns the files of it and its key.
    private func certificate(_ fleet: Fleet, _ name: String, _ file: String) async throws -> (
        chain: String, key: String
    ) {
        let (chain, key) = (fleet.path("\(file).pem"), fleet.path("\(file).key"))
        let made = try await Program(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(file)", "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", chain,
            ], environment: fleet.environment, folder: fleet.folder
        ).wait()
        #expect(made.code == 0, "\(made.err)")
        return (chain, key)
    }

    @Test("HTTPS for clients with the hub's certificate, and a renewed one without a restart")
    func front() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let port = try LoopbackPorts.free()
            let files = try await certificate(fleet, "*.tunnels.test", "first")
            try await fleet.killHub()
            try await fleet.startHub([
                "--http", "127.0.0.1:\(port)", "--http-cert", files.chain, "--http-key", files.key, "--tunnel-url",
                "https://tunnels.test:\(port)", "--trusted-proxy", "127.0.0.1",
            ])
            let server = try TCPSocket.listening()
            let answering = Task {
                try await blocking { () throws -> [String] in
                    var heads: [String] = []
                    while heads.count < 2 {
                        let connection = try server.accept()
                        let head = try String(decoding: connection.receive(), as: UTF8.self)
                        if head.hasPrefix("GET"), !head.contains("capstan-tunnel-check") { heads.append(head) }
                        try connection.send(
                            Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".utf8))
                    }
                    return heads
                }
            }
            // The name is not in any DNS here: the hub's own word has to do.
            let made = try await fleet.run(
                "tunnel", "create", "--node", "one", "--endpoint", "\(server.port)", "--hostname", "app", "--wait", "3s"
            )
            #expect(made.code == 75 && made.err.contains("no connection has come through yet"), "\(made.err)")
            let url = "https://app.tunnels.test:\(port)"
            #expect(try await fleet.run("tunnel", "list").text.contains(url))
            let first = try await fleet.curl(
                url, "--cacert", files.chain, "-H", "X-Forwarded-For: 198.51.100.7", "-H", "X-Forwarded-Proto: http")
            #expect(first.text == "ok", "\(first.err)")
            let other = try await certificate(fleet, "*.tunnels.test", "second")
            for (new, old) in [(other.key, files.key), (other.chain, files.chain)] {
                try FileManager.default.removeItem(atPath: old)
                try FileManager.default.copyItem(atPath: new, toPath: old)
            }
            try await until("the new certificate") {
                try await fleet.curl(url, "--cacert", other.chain, "-o", "/dev/null").code == 0
            }
            let heads = try await answering.value
            #expect(heads[0].contains("X-Forwarded-For: 198.51.100.7\r\n"), "\(heads)")
            #expect(
                heads[1].contains("X-Forwarded-For: 127.0.0.1\r\n") && heads[1].contains("X-Forwarded-Proto: https\r\n")
            )
        }
    }

    @Test("an answer that breaks off does not look whole to a client with TLS either")
    func broken() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let files = try await certificate(fleet, "app.localhost", "front")
            try await fleet.killHub()
            try await fleet.startHub(["--http-cert", files.chain, "--http-key", files.key])
            let server = try TCPSocket.listening()
            let answering = Task {
                try await blocking {
                    while true {
                        let connection = try server.accept()
                        let head = try String(decoding: connection.receive(), as: UTF8.self)
                        try connection.send(Array("HTTP/1.0 200 OK\r\n\r\nsome of it".utf8))
                        guard head.contains("curl") else { continue }
                        connection.reset()
                        return
                    }
                }
            }
            let url = try await fleet.webTunnel(to: "\(server.port)", named: "app")
            let got = try await fleet.curl(url, "--http1.0", "--cacert", files.chain)
            #expect(got.code != 0, "\(got.text)")
            try await answering.value
        }
    }

    @Test("an endpoint with TLS is reached by the node; one that is not trusted only where that is said")
    func endpoint() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let files = try await certificate(fleet, "localhost", "server")
            let port = try LoopbackPorts.free()
            let server = try Program(
                "/usr/bin/openssl",
                [
                    "s_server", "-accept", "127.0.0.1:\(port)", "-cert", files.chain, "-key", files.key, "-www",
                    "-quiet",
                ],
                environment: fleet.environment, folder: fleet.folder)
            defer { server.signal(SIGKILL) }
            try await until("it listens") { (try? TCPSocket.connected(to: port)) != nil }
            let refused = try await fleet.run(
                "tunnel", "create", "--node", "one", "--endpoint", "https://localhost:\(port)", "--hostname", "no",
                "--wait",
                "3s")
            #expect(refused.code == 75 && refused.err.contains("certificate"), "\(refused.err)")
            let url = try await fleet.webTunnel(to: "https+insecure://localhost:\(port)", named: "yes")
            let page = try await fleet.curl(url)
            #expect(page.code == 0 && page.text.contains("TLSv1.3"), "\(page.text) \(page.err)")
        }
    }

    @Test("what cannot be served is refused at the start, with its reason")
    func mistakes() async throws {
        try await Fleet.with { fleet in
            let state = fleet.path("hub")
            try await fleet.killHub()
            let commands: [([String], String)] = [
                (["--http-cert", "a.pem"], "belong together"),
                (["--http", "off", "--tunnel-url", "https://a"], "more said of HTTP"),
                (["--tunnel-url", "tunnels.example"], "--tunnel-url"), (["--trusted-proxy", "x"], "--trusted-proxy"),
                (["--http-cert", "/none.pem", "--http-key", "/none.key", "--http", "127.0.0.1:0"], "--http-cert"),
            ]
            for (words, reason) in commands {
                let refused = try await fleet.start(
                    ["hub", "serve", "--state-dir", state, "--listen", "127.0.0.1:0", "--tunnel-ports", "off"] + words
                ).wait()
                #expect(refused.code != 0 && refused.err.contains(reason), "\(words): \(refused.code) \(refused.err)")
            }
        }
    }
}
