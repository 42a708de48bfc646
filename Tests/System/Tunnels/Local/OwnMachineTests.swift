import Foundation
import TestKit
import Testing

@testable import capstan

extension LocalTunnelTests {
    @Suite("Tunnels that end at this machine, on the real binary")
    struct OwnMachineTests {
        /// The event of that name that a listener tells first.
        private func event(_ name: String, of listener: Program) async throws -> [String: Any] {
            var found: [String: Any]?
            try await until("\(name): \(listener.errorsSoFar)") {
                found = listener.outputSoFar.split(separator: "\n").lazy.compactMap {
                    try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }.first { $0["msg"] as? String == name }
                return found != nil || !listener.isRunning
            }
            return try #require(found, "\(listener.outputSoFar) \(listener.errorsSoFar)")
        }

        @Test(
            "without a node: a key of its own, an address that answers, disabled by a signal, the same one the next time"
        )
        func foreground() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let words = ["tunnel", "listen", "--endpoint", "tcp://127.0.0.1:\(server.port)", "-o", "json"]
                    var urls: Set<String> = []
                    for signal in [SIGINT, SIGTERM] {
                        let listener = try fleet.start(words)
                        let url = try #require(try await event("tunnel_ready", of: listener)["url"] as? String)
                        urls.insert(url)
                        let port = try #require(Int(url.split(separator: ":").last ?? ""))
                        #expect(await EchoServer.answers(at: port))
                        // A second one for the same endpoint would take its link away.
                        let second = try await fleet.start(words).wait()
                        #expect(second.code == 64 && second.err.contains("runs already"), "\(second.err)")
                        listener.signal(signal)
                        let result = await listener.wait(seconds: 20)
                        let last = result.text.split(separator: "\n").last ?? ""
                        #expect(result.code == 0 && last.contains("tunnel_disabled"), "\(result.text) \(result.err)")
                        #expect(await !EchoServer.answers(at: port))
                    }
                    #expect(urls.count == 1)
                    let peers = try await fleet.run("call", "peer/list", #"{"kind":"tunnel"}"#).json() as? [String: Any]
                    let peer = try #require((peers?["peers"] as? [[String: Any]])?.first)
                    #expect((peers?["peers"] as? [Any])?.count == 1 && peer["links"] as? Int == 0)
                    // It is no node: nothing is placed there, and nobody reaches it as one.
                    #expect(try await fleet.run("node", "list", "-q").text.isEmpty)
                    let name = try #require(peer["name"] as? String)
                    #expect(try await fleet.run("exec", name, "--", "true").code == 2)
                    #expect(try await fleet.run("forward", name, "0:127.0.0.1:1").code == 2)
                }
            }
        }

        @Test(
            "projects have keys of their own; a tunnel of another machine is refused; one deleted at the hub ends with 1"
        )
        func identities() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let endpoint = "tcp://127.0.0.1:\(server.port)"
                    var keys: Set<String> = []
                    for project in [[], ["--project", "a"], ["--project", "b"]] {
                        let words =
                            ["tunnel", "listen", "--name", "mine", "--endpoint", endpoint, "-o", "json"] + project
                        let listener = try fleet.start(words)
                        _ = try await event("tunnel_ready", of: listener)
                        listener.signal(SIGINT)
                        #expect(await listener.wait(seconds: 20).code == 0)
                        let folder = LocalTunnel(fleet: fleet, name: "mine").folder
                        let path = folder.appendingPathComponent("projects/\(project.last ?? "default")/key.pem").path
                        keys.insert(try String(contentsOfFile: path, encoding: .utf8))
                        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                        #expect(mode == 0o600)
                    }
                    #expect(keys.count == 3)
                    let list = try #require(
                        try await fleet.run("tunnel", "list", "-o", "json").json() as? [[String: Any]])
                    #expect(list.count == 3 && list.allSatisfy { $0["carriedBy"] as? String == "tunnel" })
                    let id = try #require(list[0]["id"] as? String)
                    // The same operator at another machine.
                    let elsewhere = ["XDG_STATE_HOME": fleet.path("elsewhere")]
                    let other = try await fleet.run("tunnel", "listen", "--id", id, environment: elsewhere)
                    #expect(other.code == 64 && other.err.contains("ends at another machine"), "\(other.err)")
                    let listener = try fleet.start(["tunnel", "listen", "--id", id, "-o", "json"])
                    _ = try await event("tunnel_ready", of: listener)
                    #expect(try await fleet.run("tunnel", "delete", id).code == 0)
                    let result = await listener.wait(seconds: 20)
                    #expect(result.code == 1 && result.text.contains("tunnel_deleted_upstream"), "\(result.err)")
                    // Its peer went with its last tunnel.
                    let peers = try await fleet.run("call", "peer/list", #"{"kind":"tunnel"}"#).json() as? [String: Any]
                    #expect((peers?["peers"] as? [Any])?.count == 2)
                }
            }
        }

        @Test("without the operator's right there is none: removed, it ends with 77; a role without it makes none")
        func rights() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let words = ["tunnel", "listen", "--endpoint", "tcp://127.0.0.1:\(server.port)", "-o", "json"]
                    for (name, role) in [("ann", "operator"), ("bob", "viewer")] {
                        let token = try await fleet.token("--kind", "operator", "--role", role, "--name", name)
                        #expect(try await fleet.run("login", token, environment: Self.of(name, fleet)).code == 0)
                    }
                    let refused = try await fleet.start(words, environment: Self.of("bob", fleet)).wait()
                    #expect(refused.code == 77 && refused.err.contains("tunnel:enrol"), "\(refused.err)")
                    let listener = try fleet.start(words, environment: Self.of("ann", fleet))
                    _ = try await event("tunnel_ready", of: listener)
                    #expect(try await fleet.run("operator", "disable", "ann").code == 0)
                    let result = await listener.wait(seconds: 20)
                    #expect(
                        result.code == 77 && result.text.contains("tunnel_login_lost"), "\(result.text) \(result.err)")
                }
            }
        }

        private static func of(_ name: String, _ fleet: Fleet) -> [String: String] {
            ["CAPSTAN_CONFIG_DIR": fleet.path("config-\(name)"), "XDG_STATE_HOME": fleet.path("state-\(name)")]
        }

        @Test("outlives the hub: connections are reset, and it is ready again by itself")
        func away() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let listener = try fleet.start([
                        "tunnel", "listen", "--endpoint", "tcp://127.0.0.1:\(server.port)", "-o", "json",
                    ])
                    let url = try #require(try await event("tunnel_ready", of: listener)["url"] as? String)
                    let port = try #require(Int(url.split(separator: ":").last ?? ""))
                    try await fleet.killHub()
                    _ = try await event("tunnel_away", of: listener)
                    try await fleet.startHub()
                    try await until("it answers again") { await EchoServer.answers(at: port) }
                    try await until("it says so") {
                        listener.outputSoFar.components(separatedBy: "tunnel_ready").count == 3
                    }
                    listener.signal(SIGINT)
                    #expect(await listener.wait(seconds: 20).code == 0)
                }
            }
        }
    }
}
