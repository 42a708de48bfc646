import Foundation
import TestKit
import Testing

@testable import capstan

extension LocalTunnelTests {
    @Suite("Tunnels as services, on the real binary")
    struct ServiceTests {
        private static let analyse = "/usr/bin/systemd-analyze"

        /// Of the only tunnel.
        private func state(_ fleet: Fleet) async throws -> String? {
            let list = try #require(try await fleet.run("tunnel", "list", "-o", "json").json() as? [[String: Any]])
            #expect(list.count == 1)
            return list.first?["state"] as? String
        }

        @Test("a unit that systemd accepts, run as it says; the same name is refused; uninstalled, the address stays")
        func install() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let tunnel = LocalTunnel(fleet: fleet, name: "svc")
                    let units = fleet.path("units")
                    let endpoint = "tcp://127.0.0.1:\(server.port)"
                    let made = try await tunnel.run("install", "--endpoint", endpoint, "--unit-dir", units)
                    let path = "\(units)/capstan-tunnel-user-svc.service"
                    #expect(made.code == 0 && made.text == path + "\n", "\(made.err)")
                    let unit = try String(contentsOfFile: path, encoding: .utf8)
                    let binary = try BuiltBinary.path()
                    #expect(unit.contains("\nExecStart=\(binary) tunnel run --name svc\n"), "\(unit)")
                    #expect(unit.contains("\nRestart=on-failure\n"))
                    if FileManager.default.isExecutableFile(atPath: Self.analyse) {
                        let verified = try await Program(
                            Self.analyse, ["verify", path], environment: fleet.environment, folder: fleet.folder
                        ).wait()
                        #expect(verified.code == 0 && !verified.err.contains("svc.service"), "\(verified.err)")
                    }
                    let again = try await tunnel.run("install", "--endpoint", endpoint, "--unit-dir", units)
                    #expect(again.code == 64 && again.err.contains("already"), "\(again.err)")
                    // It takes connections when it runs, and not before.
                    #expect(try await state(fleet) == "disabled")
                    let service = try fleet.start(["tunnel", "run", "--name", "svc"])
                    try await tunnel.waitUntilRunning()
                    let port = try await tunnel.port
                    #expect(await EchoServer.answers(at: port))
                    #expect(try await tunnel.run("uninstall", "--unit-dir", units).code == 0)
                    #expect(await service.wait(seconds: 20).code == 0)
                    #expect(!FileManager.default.fileExists(atPath: path))
                    #expect(try await state(fleet) == "disabled")
                    #expect(try await tunnel.run("uninstall", "--unit-dir", units).code == 64)
                }
            }
        }

        @Test("what install refuses leaves nothing behind: no credential 78, no right or no token 77")
        func refusals() async throws {
            try await Fleet.with { fleet in
                let tunnel = LocalTunnel(fleet: fleet, name: "svc")
                let units = fleet.path("units")
                let words = [
                    "tunnel", "install", "--name", "svc", "--endpoint", "tcp://127.0.0.1:1", "--unit-dir", units,
                ]
                let viewer = ["CAPSTAN_CONFIG_DIR": fleet.path("viewer")]
                let token = try await fleet.token("--kind", "operator", "--role", "viewer", "--name", "viewer")
                #expect(try await fleet.run("login", token, environment: viewer).code == 0)
                let helper = fleet.path("helper")
                try Data("#!/bin/sh\necho no token\n".utf8).write(to: URL(fileURLWithPath: helper))
                chmod(helper, 0o755)
                let refusals: [([String], [String: String], Int32, String)] = [
                    ([], ["CAPSTAN_CONFIG_DIR": fleet.path("nobody")], 78, "no hub is known"),
                    ([], viewer, 77, "no right to make tunnels"),
                    (["--credentials-helper", fleet.path("none")], [:], 78, "credentials helper"),
                    (["--credentials-helper", fleet.path("config")], [:], 78, "no program"),
                    (["--credentials-helper", helper], [:], 77, "must begin with"),
                    // A file is where the folder is to be.
                    (["--unit-dir", helper], [:], 1, "mkdir"),
                ]
                for (more, environment, code, message) in refusals {
                    let result = try await fleet.start(words + more, environment: environment).wait()
                    #expect(
                        result.code == code && result.err.contains(message), "\(more): \(result.code) \(result.err)")
                    #expect(!FileManager.default.fileExists(atPath: tunnel.folder.path), "\(more)")
                    #expect(!FileManager.default.fileExists(atPath: units), "\(more)")
                }
                #expect(try await fleet.run("tunnel", "list", "-q").text.isEmpty)
                let peers = try await fleet.run("call", "peer/list", #"{"kind":"tunnel"}"#).json() as? [String: Any]
                #expect((peers?["peers"] as? [Any])?.isEmpty == true)
                if geteuid() != 0 { #expect(try await tunnel.run("install", "--system").code == 77) }
            }
        }

        @Test("a helper's token lets it in and is asked for anew before it ends, and after it was revoked")
        func helper() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let tunnel = LocalTunnel(fleet: fleet, name: "svc")
                    let helper = fleet.path("helper")
                    let script = "#!/bin/sh\nenv > \(helper).env\necho called >> \(helper).calls\ncat \(helper).token\n"
                    try Data(script.utf8).write(to: URL(fileURLWithPath: helper))
                    chmod(helper, 0o755)
                    func give(_ life: String) async throws {
                        let token = try await fleet.token("--kind", "tunnel", "--ttl", life)
                        try Data(token.utf8).write(to: URL(fileURLWithPath: helper + ".token"))
                    }
                    try await give("20s")
                    let made = try await fleet.run(
                        "tunnel", "listen", "--detach", "--name", "svc", "--endpoint", "tcp://127.0.0.1:\(server.port)",
                        "--credentials-helper", helper, environment: ["CAPSTAN_STRANGE": "1"])
                    #expect(made.code == 0, "\(made.err)")
                    try await tunnel.waitUntilRunning()
                    #expect(!(try String(contentsOfFile: helper + ".env", encoding: .utf8)).contains("CAPSTAN_"))
                    try await give("10m")
                    try await until("the next token is asked for") {
                        try String(contentsOfFile: helper + ".calls", encoding: .utf8).split(separator: "\n").count == 2
                    }
                    try await Task.sleep(for: .seconds(6))
                    #expect(try tunnel.messages().allSatisfy { $0 != "tunnel_login_lost" && $0 != "tunnel_away" })
                    let list = try #require(
                        try await fleet.run("token", "list", "-o", "json").json() as? [[String: Any]])
                    let id = try #require(
                        list.first { $0["state"] as? String == "used" && $0["kind"] as? String == "tunnel" })
                    #expect(try await fleet.run("token", "revoke", try #require(id["id"] as? String)).code == 0)
                    try await until("the loss is told") { try tunnel.messages().contains("tunnel_login_lost") }
                    try await give("10m")
                    try await until("it is back", seconds: 60) { try await tunnel.isRunning() }
                    #expect(try await tunnel.run("stop").code == 0)
                }
            }
        }
    }
}
