import Foundation
import TestKit
import Testing

extension ContainerTests {
    @Test(
        "a terminal in a container: its size, its keys, its code; and what it ran ends with its person",
        arguments: RealEngine.Kind.here)
    func shell(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            let made = try await fleet.run(
                "container", "create", "--node", "one", "--name", "box", "busybox", "--", "sleep", "600")
            #expect(made.code == 0, "\(made.err)")
            let shell = try fleet.startOnTerminal("shell", "one", "--container", "box", columns: 100, rows: 30)
            try await shell.shows("# ")
            try await shell.behaves()

            // Docker would keep Ctrl-P back, and leave at the Ctrl-Q behind it.
            let keys = try fleet.startOnTerminal(
                "shell", "one", "--container", "box", "--", "sh", "-c",
                "stty raw -echo; echo up; exec head -c 3 | od -An -c")
            try await keys.shows("up")
            try await keys.type("\u{10}\u{11}x")
            try await keys.shows("020 021   x")
            #expect(await keys.wait() == 0)

            let left = try fleet.startOnTerminal(
                "shell", "one", "--container", "box", "--", "sh", "-c", "echo up; exec sleep 4321")
            try await left.shows("up")
            try await left.type("\r~.")
            #expect(await left.wait() == 130)
            try await until("its end") { try await !engine.docker("top", "box").text.contains("sleep 4321") }
        }
    }

    @Test(
        "a terminal in a container of others is for administrators; joining a container's program does not end it",
        arguments: RealEngine.Kind.here)
    func attach(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            let token = try await fleet.token("--kind", "operator", "--role", "operator")
            let other = ["CAPSTAN_CONFIG_DIR": fleet.path("other")]
            #expect(try await fleet.run("login", token, environment: other).code == 0)
            let made = try await engine.docker(
                [
                    "run", "--detach", "--interactive", "--tty", "--network", kind == .docker ? "none" : "host",
                    "--name", "own",
                ]
                    + ["busybox", "sh"])
            #expect(made.code == 0, "\(made.err)")
            let refused = try fleet.startOnTerminal("shell", "one", "--container", "own", environment: other)
            #expect(await refused.wait() == 77)
            for way in ["keys", "exit"] {
                let joined = try fleet.startOnTerminal("shell", "one", "--container", "own", "--attach")
                try await until("its shell") {
                    try await joined.type("echo he''re\r")
                    return joined.text.contains("here\r\n")
                }
                try await joined.type(way == "keys" ? "\r~." : "exit 9\r")
                #expect(await joined.wait() == (way == "keys" ? 130 : 9))
                let state = try await engine.docker("inspect", "-f", "{{.State.Running}}", "own")
                #expect(state.text == (way == "keys" ? "true\n" : "false\n"))
            }
            #expect(try await engine.docker("rm", "-f", "own").code == 0)
        }
    }
}
