import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("What tunnels refuse, on the real binary", .serialized)
struct TunnelRulesTests {
    @Test("a node that waits for approval serves none; who may connect is kept; options are never dropped")
    func rules() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let token = try await fleet.token("--approve")
            let joined = try await fleet.run("spoke", "join", token, "--state-dir", fleet.path("two"), "--name", "two")
            #expect(joined.code == 0, "\(joined.err)")
            let waiting = try fleet.launchSpoke("two")
            try await until("the second node") { waiting.outputSoFar.contains("spoke_connected") }
            try await EchoServer.with { server in
                let endpoint = "tcp://127.0.0.1:\(server.port)"
                let pending = try await fleet.run("tunnel", "create", "--node", "two", "--endpoint", endpoint)
                #expect(pending.code == 64 && pending.err.contains("waits for approval"), "\(pending.err)")
                // What the hub has verified counts where this machine may not connect.
                let closed = try await fleet.run(
                    "tunnel", "create", "--node", "one", "--endpoint", endpoint, "--label", "closed", "--allow-from",
                    "192.0.2.0/24")
                #expect(closed.code == 0 && closed.text.hasPrefix("tcp://127.0.0.1:"), "\(closed.err)")
                for words in [["--label", "other"], ["--allow-from", "198.51.100.0/24"]] {
                    let refused = try await fleet.start(
                        ["tunnel", "listen", "--node", "one", "--endpoint", endpoint] + words
                    ).wait()
                    #expect(refused.code == 64 && refused.err.contains("leads there already"), "\(refused.err)")
                }
                let both = try await fleet.run("tunnel", "listen", "--id", "closed", "--label", "other")
                #expect(both.code == 2 && both.err.contains("takes a tunnel as it is"), "\(both.err)")
            }
        }
    }

    @Test("one that nothing came through in its time is given up with 75, the reason told, and disabled")
    func overdue() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            for words in [["--node", "one"], []] {
                let result = try await fleet.start(
                    ["tunnel", "listen", "--endpoint", "tcp://127.0.0.1:1", "--ready-within", "2s", "-o", "json"]
                        + words
                ).wait(seconds: 30)
                #expect(
                    result.code == 75 && result.err.contains("within 2s: waiting for the endpoint"), "\(result.err)")
                let told = result.text.split(separator: "\n").compactMap {
                    (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["msg"] as? String
                }
                #expect(told.suffix(2) == ["tunnel_terminal_failure", "tunnel_disabled"], "\(told)")
                #expect(!told.contains("tunnel_ready"))
            }
        }
    }

    @Test("a hub without ports says so, and forgets nothing; Ctrl-C ends a listener whose hub does not answer")
    func off() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await EchoServer.with { server in
                let endpoint = "tcp://127.0.0.1:\(server.port)"
                let made = try await fleet.run(
                    "tunnel", "create", "--node", "one", "--endpoint", endpoint, "--label", "kept")
                #expect(made.code == 0, "\(made.err)")
                try await fleet.killHub()
                try await fleet.startHub(["--tunnel-ports", "off"])
                let refused = try await fleet.run(
                    "tunnel", "create", "--node", "one", "--endpoint", endpoint, "--wait", "10s")
                #expect(refused.code == 64 && refused.err.contains("--tunnel-ports off"), "\(refused.err)")
                try await until("the reason") {
                    try await fleet.run("tunnel", "show", "kept").text.contains("started with --tunnel-ports off")
                }
                fleet.hub?.signal(SIGSTOP)
                let listener = try fleet.start(["tunnel", "listen", "--node", "one", "--endpoint", endpoint])
                try await until("it listens to signals") { listener.catches(SIGINT) }
                try await Task.sleep(for: .milliseconds(500))
                listener.signal(SIGINT)
                let ended = await listener.wait(seconds: 20)
                #expect(ended.code == 0, "\(ended.code) \(ended.err)")
                fleet.hub?.signal(SIGCONT)
            }
        }
    }
}
