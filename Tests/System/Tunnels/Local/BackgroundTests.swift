import Foundation
import TestKit
import Testing

@testable import capstan

extension LocalTunnelTests {
    @Suite("Tunnels in the background, on the real binary")
    struct BackgroundTests {
        @Test("what --detach refuses, and what run and the others refuse: 64")
        func rules() async throws {
            try await Fleet.with { fleet in
                let tunnel = LocalTunnel(fleet: fleet, name: "web")
                let refusals: [([String], Int32, String)] = [
                    (["listen", "--detach", "--endpoint", "tcp://127.0.0.1:1"], 64, "needs a --name"),
                    (["listen", "--detach", "--name", "web", "--id", "x"], 64, "do not go together"),
                    (["listen", "--detach", "--name", "web"], 64, "no --endpoint"),
                    (["listen", "--detach", "--name", "../web", "--endpoint", "tcp://127.0.0.1:1"], 2, "cannot name"),
                    (["listen", "--detach", "--name=-x", "--endpoint", "tcp://127.0.0.1:1"], 2, "cannot name"),
                    (
                        ["listen", "--detach", "--name", "unnamed-x", "--endpoint", "tcp://127.0.0.1:1"], 2,
                        "cannot name"
                    ),
                    (["listen", "--endpoint", "tcp://127.0.0.1:1", "--project", "a/b"], 2, "project"),
                    (["run", "--name", "web"], 64, "no tunnel of the name"),
                    (["stop", "--name", "web"], 64, "no tunnel of the name"),
                    (["start", "--name", "web"], 64, "no tunnel of the name"),
                    (["status", "--name", "web"], 64, "no tunnel of the name"),
                    (["logs", "--name", "web"], 64, "no tunnel of the name"),
                    (["run", "--name", "web", "--endpoint", "tcp://127.0.0.1:1"], 2, "--endpoint"),
                ]
                for (words, code, message) in refusals {
                    let result = try await fleet.start(["tunnel"] + words).wait()
                    #expect(
                        result.code == code && result.err.contains(message), "\(words): \(result.code) \(result.err)")
                }
                let stranger = ["CAPSTAN_CONFIG_DIR": fleet.path("nobody")]
                let unknown = try await fleet.run(
                    "tunnel", "listen", "--detach", "--name", "web", "--endpoint", "tcp://127.0.0.1:1",
                    environment: stranger)
                #expect(unknown.code == 78, "\(unknown.err)")
                // Nothing of all that is left.
                #expect(!FileManager.default.fileExists(atPath: tunnel.folder.path))
                #expect(try await fleet.run("tunnel", "list", "-q").text.isEmpty)
            }
        }

        @Test(
            "set up, stopped, started: the PID file is there at once, the address stays, and the states are told apart")
        func life() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let tunnel = LocalTunnel(fleet: fleet, name: "echo")
                    let endpoint = "tcp://127.0.0.1:\(server.port)"
                    let words = [
                        "tunnel", "listen", "--detach", "--name", "echo", "--endpoint", endpoint, "--project", "p",
                    ]
                    let made = try await fleet.start(words).wait()
                    #expect(made.code == 0 && made.text.isEmpty, "\(made.text) \(made.err)")
                    #expect(made.err.contains("capstan tunnel status --name echo"))
                    let pidFile = tunnel.folder.appendingPathComponent("run.pid")
                    let pid = try #require(Int32(try String(contentsOf: pidFile, encoding: .utf8).dropLast()))
                    #expect(getsid(pid) == pid)
                    try await tunnel.waitUntilRunning()
                    let port = try await tunnel.port
                    #expect(await EchoServer.answers(at: port))
                    #expect(try await tunnel.status()["project"] as? String == "p")
                    #expect(try await fleet.start(words).wait().code == 64)
                    #expect(try await tunnel.run("run", "--project", "q").code == 64)
                    #expect(try await tunnel.run("run").code == 64)
                    let other = try await fleet.run(
                        "tunnel", "listen", "--detach", "--name", "echo", "--endpoint", endpoint, "--project", "q")
                    #expect(other.code == 64 && other.err.contains("belongs to the project p"), "\(other.err)")

                    for more in [
                        ["--allow-from", "192.0.2.0/24"], ["--label", "x"], ["--port", "9"], ["--node", "n"],
                    ] {
                        // Not what it is: to be changed where it is, and never ignored.
                        #expect(try await tunnel.run("stop").code == 0)
                        let changed = try await fleet.start(words + more).wait()
                        #expect(changed.code == 64 && changed.err.contains("leads there already"), "\(changed.err)")
                    }
                    #expect(try await tunnel.run("start").code == 0)
                    try await tunnel.waitUntilRunning()

                    #expect(try await tunnel.run("stop").code == 0)
                    #expect(!FileManager.default.fileExists(atPath: pidFile.path))
                    #expect(try await tunnel.run("status").code == 1)
                    #expect(await !EchoServer.answers(at: port))

                    #expect(try await tunnel.run("start").code == 0)
                    try await tunnel.waitUntilRunning()
                    let same = try await tunnel.port
                    #expect(same == port)
                    kill(try await tunnel.pid, SIGKILL)
                    try await until("the zombie") { try await tunnel.status()["status"] as? String == "zombie" }
                    #expect(try await fleet.run("tunnel", "ps").text.contains("Zombie"))
                    #expect(try await fleet.run("tunnel", "ps", "--prune").text.contains("Stopped"))
                    #expect(try await tunnel.run("start").code == 0)
                    try await tunnel.waitUntilRunning()
                    // What one that was killed has told is not so for the next one, whose hub is away.
                    kill(try await tunnel.pid, SIGKILL)
                    try await fleet.killHub()
                    #expect(try await tunnel.run("start").code == 0)
                    try await until("the reason") {
                        (try await tunnel.status()["reason"] as? String)?.contains("cannot reach") == true
                    }
                    #expect(try await tunnel.run("status").code == 75)
                    try await fleet.startHub()
                    try await tunnel.waitUntilRunning()
                    #expect(await EchoServer.answers(at: port))
                    #expect(try await tunnel.run("uninstall").code == 64)
                    #expect(try await tunnel.run("uninstall", "--purge").code == 0)
                    #expect(!FileManager.default.fileExists(atPath: tunnel.folder.path))
                    #expect(try await fleet.run("tunnel", "list", "-q").text.isEmpty)
                }
            }
        }

        @Test("an endpoint that is down: Degraded with the reason; a process that does not end is killed after 30 s")
        func degraded() async throws {
            try await Fleet.with(spokes: ["one"]) { fleet in
                let tunnel = LocalTunnel(fleet: fleet, name: "down")
                let made = try await fleet.run(
                    "tunnel", "listen", "--detach", "--name", "down", "--node", "one", "--endpoint", "tcp://127.0.0.1:1"
                )
                #expect(made.code == 0, "\(made.err)")
                try await until("the reason") {
                    let status = try await tunnel.status()
                    return status["status"] as? String == "degraded"
                        && (status["reason"] as? String)?.contains("refused") == true
                }
                #expect(try await tunnel.run("status").code == 75)
                let pid = try await tunnel.pid
                kill(pid, SIGSTOP)
                let start = ContinuousClock.now
                let stopped = try await tunnel.run("stop")
                #expect(stopped.code == 0 && stopped.err.contains("was killed"), "\(stopped.err)")
                #expect(start.duration(to: .now) > .seconds(29))
                #expect(try await tunnel.status()["status"] as? String == "stopped")
            }
        }

        @Test("logs: the last lines, and those that come, over a new file too; json as it stands")
        func logs() async throws {
            try await Fleet.with { fleet in
                try await EchoServer.with { server in
                    let tunnel = LocalTunnel(fleet: fleet, name: "log")
                    let endpoint = "tcp://127.0.0.1:\(server.port)"
                    #expect(
                        try await fleet.run("tunnel", "listen", "--detach", "--name", "log", "--endpoint", endpoint)
                            .code
                            == 0)
                    try await tunnel.waitUntilRunning()
                    #expect(try await tunnel.run("logs", "--tail", "1").text.contains(" tunnel_ready "))
                    let follower = try fleet.start([
                        "tunnel", "logs", "--name", "log", "-f", "--tail", "0", "-o", "json",
                    ])
                    try await Task.sleep(for: .milliseconds(500))
                    // As the log itself does at 10 MB.
                    let path = tunnel.folder.appendingPathComponent("tunnel.log").path
                    #expect(try await tunnel.run("stop").code == 0)
                    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
                    #expect(try await tunnel.run("start").code == 0)
                    try await tunnel.waitUntilRunning()
                    try await until("both files are followed") {
                        let told = follower.outputSoFar
                        return told.contains("tunnel_disabled") && told.contains("tunnel_ready")
                    }
                    follower.signal(SIGINT)
                    _ = await follower.wait()
                    #expect(try tunnel.messages().contains("tunnel_starting"))
                }
            }
        }
    }
}
