import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("Tunnels on the real binary", .serialized)
struct TunnelTests {
    /// The events that a listener has told, in order.
    private func events(_ listener: Program) throws -> [[String: Any]] {
        try listener.outputSoFar.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    /// Waits for an event that comes after so many others.
    private func event(_ name: String, of listener: Program, after count: Int = 0) async throws -> [String: Any] {
        var found: [String: Any]?
        try await until("\(name): \(listener.errorsSoFar)") {
            found = try? events(listener).dropFirst(count).first { $0["msg"] as? String == name }
            return found != nil || !listener.isRunning
        }
        return try #require(found, "\(listener.outputSoFar) \(listener.errorsSoFar)")
    }

    private func number(of event: [String: Any]) throws -> Int {
        let url = try #require(event["url"] as? String)
        return try #require(Int(url.split(separator: ":").last ?? ""))
    }

    private func show(_ fleet: Fleet, _ tunnel: String) async throws -> [String: Any] {
        try #require(try await fleet.run("tunnel", "show", tunnel, "-o", "json").json() as? [String: Any])
    }

    @Test("listen: an address that answers, disabled by Ctrl-C, the same one the next time, in less than a second")
    func listen() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await EchoServer.with { server in
                let words = [
                    "tunnel", "listen", "--node", "one", "--endpoint", "tcp://127.0.0.1:\(server.port)", "-o", "json",
                ]
                var ports: Set<Int> = []
                for turn in 0..<3 {
                    let listener = try fleet.start(words)
                    let ready = try await event("tunnel_ready", of: listener)
                    #expect(try #require(ready["elapsedMs"] as? Int) < 1_000)
                    let port = try number(of: ready)
                    ports.insert(port)
                    #expect(await EchoServer.answers(at: port))
                    #expect(try events(listener).contains { $0["msg"] as? String == "tunnel_created" } == (turn == 0))
                    listener.signal(turn == 1 ? SIGTERM : SIGINT)
                    let result = await listener.wait(seconds: 20)
                    #expect(result.code == 0 && result.text.contains("tunnel_disabled"), "\(result.err)")
                    #expect(await !EchoServer.answers(at: port))
                    #expect(throws: TCPSocket.Failure(call: "connect", code: ECONNREFUSED)) {
                        try TCPSocket.connected(to: port)
                    }
                }
                #expect(ports.count == 1)
                let list = try #require(try await fleet.run("tunnel", "list", "-o", "json").json() as? [[String: Any]])
                #expect(list.count == 1 && list[0]["state"] as? String == "disabled")
                // The address of the running tunnel is the one that --id gives, and another endpoint is refused.
                let id = try #require(list[0]["id"] as? String)
                let other = try await fleet.run("tunnel", "listen", "--id", id, "--endpoint", "tcp://127.0.0.1:1")
                #expect(other.code == 64 && other.err.contains("127.0.0.1:\(server.port)"), "\(other.err)")
                #expect(try await fleet.run("tunnel", "listen", "--node", "one").code == 64)
                #expect(try await fleet.run("tunnel", "delete", id).code == 0)
                #expect(try await fleet.run("tunnel", "show", id).code == 2)
            }
        }
    }

    @Test("outlives its node and its hub: connections are reset, the address stays, and it is ready again by itself")
    func away() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await EchoServer.with { server in
                let listener = try fleet.start([
                    "tunnel", "listen", "--node", "one", "--label", "echo", "--endpoint",
                    "tcp://127.0.0.1:\(server.port)", "-o",
                    "json",
                ])
                let port = try number(of: try await event("tunnel_ready", of: listener))
                for stroke in ["spoke", "hub"] {
                    let open = try await blocking {
                        let open = try TCPSocket.connected(to: port)
                        try open.send([1])
                        #expect(try open.receive() == [1])
                        return open
                    }
                    let seen = try events(listener).count
                    if stroke == "spoke" { try await fleet.killSpoke("one") } else { try await fleet.killHub() }
                    await #expect(throws: TCPSocket.Failure(call: "recv", code: ECONNRESET)) {
                        try await blocking { try open.receive() }
                    }
                    if stroke == "spoke" {
                        // Taken by the hub, which has nobody to pass it to.
                        await #expect(throws: TCPSocket.Failure(call: "recv", code: ECONNRESET)) {
                            try await blocking { try TCPSocket.connected(to: port).receive() }
                        }
                        let steps = try #require(try await show(fleet, "echo")["steps"] as? [[String: Any]])
                        #expect(
                            steps[1]["state"] as? String == "pending"
                                && (steps[1]["reason"] as? String)?.contains("one is") == true)
                        try await fleet.startSpoke("one")
                    } else {
                        try await fleet.startHub()
                    }
                    let ready = try await event("tunnel_ready", of: listener, after: seen)
                    #expect(try number(of: ready) == port)
                    #expect(await EchoServer.answers(at: port))
                }
                #expect(try await fleet.run("tunnel", "delete", "echo").code == 0)
                let result = await listener.wait(seconds: 20)
                #expect(result.code == 1 && result.text.contains("tunnel_deleted_upstream"), "\(result.err)")
            }
        }
    }

    @Test("says why nothing comes through, and lets in whom it is told to")
    func reasons() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let free = try LoopbackPorts.free()
            let made = try await fleet.run(
                "tunnel", "create", "--node", "one", "--endpoint", "tcp://127.0.0.1:\(free)", "--label", "late",
                "--wait", "1s")
            #expect(made.code == 75 && made.err.contains("Connection refused"), "\(made.err)")
            try await EchoServer.with { server in
                let endpoint = "tcp://127.0.0.1:\(server.port)"
                let updated = try await fleet.run(
                    "tunnel", "update", "late", "--endpoint", endpoint, "--allow-from", "192.0.2.0/24")
                #expect(updated.code == 0, "\(updated.err)")
                let port = try number(of: ["url": updated.text.trimmingCharacters(in: .whitespacesAndNewlines)])
                try await until("the way") { try await show(fleet, "late")["state"] as? String == "ready" }
                #expect(await !EchoServer.answers(at: port))
                let stats = try #require(try await show(fleet, "late")["stats"] as? [String: Any])
                #expect(stats["refused"] as? Int ?? 0 >= 1 && stats["connections"] as? Int == 0)
                #expect(try await fleet.run("tunnel", "update", "late", "--allow-all").code == 0)
                #expect(await EchoServer.answers(at: port))
                // Who leaves in the middle says nothing about the way.
                try await blocking {
                    for _ in 0..<50 { try TCPSocket.connected(to: port).reset() }
                }
                #expect(try await show(fleet, "late")["state"] as? String == "ready")
                let wrong: [([String], Int32)] = [
                    (["create", "--node", "one", "--endpoint", "tcp://a:1", "--port", "\(port)"], 64),
                    (["create", "--node", "one", "--endpoint", "tcp://a:1", "--port", "9"], 2),
                    (["create", "--node", "nobody", "--endpoint", "tcp://a:1"], 2),
                    (["create", "--node", "one", "--endpoint", "udp://a:1"], 2),
                    (["update", "late", "--allow-from", "everywhere"], 2), (["show", "none"], 2),
                ]
                for (words, code) in wrong {
                    let refused = try await fleet.start(["tunnel"] + words).wait()
                    #expect(refused.code == code, "\(words): \(refused.code) \(refused.err)")
                }
            }
            // The endpoint is gone: the first connection finds out, and the step says so.
            _ = try await fleet.run("tunnel", "update", "late", "--label", "gone")
            let port = try number(of: try await show(fleet, "gone"))
            #expect(await !EchoServer.answers(at: port))
            try await until("the step") {
                let steps = try #require(try await show(fleet, "gone")["steps"] as? [[String: Any]])
                return (steps[3]["reason"] as? String)?.contains("Connection refused") == true
            }
        }
    }
}
