import CallProtocol
import Daemon
import Foundation
import NIOCore
import Operations
import TestKit
import Testing

@testable import capstan

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

            try await fleet.startOnTerminal("shell", "one", "--container", "box").isInterruptedPastPaste()

            let left = try fleet.startOnTerminal(
                "shell", "one", "--container", "box", "--", "sh", "-c", "echo up; exec sleep 4321")
            try await left.shows("up")
            try await left.type("\r~.")
            #expect(await left.wait() == 130)
            try await until("its end") { try await !engine.docker("top", "box").text.contains("sleep 4321") }
        }
    }

    @Test(
        "a session in a container goes on without its caller, hub and spoke, hears what is typed and signalled, and ends with its code or by request",
        arguments: RealEngine.Kind.here)
    func kept(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            let made = try await fleet.run(
                "container", "create", "--node", "one", "--name", "box", "busybox", "--", "sleep", "600")
            #expect(made.code == 0, "\(made.err)")
            func open(_ session: String, _ command: String...) throws -> TerminalProgram {
                try fleet.startOnTerminal(
                    ["shell", "one", "--container", "box", "--session", session]
                        + (command.isEmpty ? [] : ["--"] + command),
                    columns: 100, rows: 30)
            }
            let first = try open("train")
            try await first.shows("# ")
            try await first.type("x=kept; stty size\r")
            try await first.shows("30 100\r\n")
            first.signal(SIGKILL)
            _ = await first.wait()
            try await fleet.killSpoke("one")
            try await fleet.killHub()
            try await fleet.startHub()
            try await fleet.startSpoke("one")
            let second = try fleet.startOnTerminal("session", "attach", "train", columns: 100, rows: 30)
            try await second.type("echo \"<$x>\"\r")
            try await second.shows("<kept>\r\n")
            try await second.behaves()

            try await open("pasted").isInterruptedPastPaste()
            try await onPipes(fleet)

            let deaf = try open("deaf", "sh", "-c", "trap 'echo interrupted' INT; echo up; while :; do sleep 1; done")
            try await deaf.shows("up")
            try await deaf.type("\u{3}")
            try await deaf.shows("interrupted")
            try await deaf.type("\r~.")
            #expect(await deaf.wait() == 0)
            #expect(try await engine.docker("top", "box").text.contains("interrupted"))
            let killed = try await fleet.run("session", "kill", "deaf")
            #expect(killed.code == 0, "\(killed.err)")
            try await until("its end") { try await !engine.docker("top", "box").text.contains("interrupted") }
            try await until("the word of it") {
                try await fleet.run("session", "list", "--all").text.contains("exited")
            }
        }
    }

    @Test(
        "a program in a container ends with its spoke, with its session whatever the engine does, and without those who hold its output",
        arguments: RealEngine.Kind.here)
    func ends(_ kind: RealEngine.Kind) async throws {
        try await with(kind) { fleet, engine in
            let made = try await fleet.run(
                "container", "create", "--node", "one", "--name", "box", "busybox", "--", "sleep", "600")
            #expect(made.code == 0, "\(made.err)")

            let (exit, output) = try await outcome(fleet, "sh", "-c", "sleep 4325 & echo told; exit 4")
            #expect(exit.code == 4 && output == Array("told\n".utf8))
            #expect(Self.runs("4325"))

            // Who reads slowly gets all of it, however long ago its program has ended.
            let (slow, much) = try await outcome(
                fleet, "sh", "-c", "head -c 3000000 /dev/zero; echo err >&2; exit 6", pause: .seconds(4))
            #expect(slow.code == 6 && much.count == 3_000_004)
            let (typed, shown) = try await outcome(fleet, "sh", "-i", typing: "sleep 0.5; echo li''ne\n")
            #expect(typed.code == 0 && String(decoding: shown, as: UTF8.self).contains("line\r\n"))

            let kept = try fleet.startOnTerminal(
                "shell", "one", "--container", "box", "--session", "kept", "--", "sh", "-c",
                "trap '' HUP; echo up; exec sleep 4326")
            try await kept.shows("up")
            try await until("the process to be known") { Self.runs("4326") }
            try await Task.sleep(for: .milliseconds(500))
            engine.signal(SIGSTOP)
            let killed = try await fleet.run("session", "kill", "kept")
            #expect(killed.code == 0, "\(killed.err)")
            try await until("the end of the session's program") { !Self.runs("4326") }
            try await until("the word of it") {
                try await fleet.run("session", "list", "--all").text.contains("exited")
            }
            engine.signal(SIGCONT)
            _ = await kept.wait()

            let open = try fleet.startOnTerminal(
                "shell", "one", "--container", "box", "--", "sh", "-c", "trap '' HUP; echo up; exec sleep 4327")
            try await open.shows("up")
            try await until("the process to be known") { Self.runs("4327") }
            try await Task.sleep(for: .milliseconds(500))
            try await fleet.killSpoke("one")
            try await until("the end of the spoke's program") { !Self.runs("4327") }
            try await fleet.startSpoke("one")
            _ = await open.wait()
        }
    }

    /// How a program in the container ends, and what it has said.
    /// - Parameters:
    ///   - typing: what it is given on a terminal, with an end behind it; nil for pipes.
    ///   - pause: how long nobody reads it.
    private func outcome(
        _ fleet: Fleet, _ command: String..., typing: String? = nil, pause: Duration = .zero
    ) async throws -> (SessionExit, [UInt8]) {
        let connector = HubConnector(
            try ContextStore(directory: StateDirectory(path: fleet.path("config"))).choose(nil, environment: [:]))
        var input = TTYOpenInput(cmd: command)
        (input.backend, input.container) = ("container", "box")
        if typing != nil { input.tty = TerminalRequest(cols: 80, rows: 24) }
        let session = try await ExecSession(try await connector.connection().calls, input, node: "one")
        if let typing {
            #expect(try await session.type(ByteBuffer(string: typing)))
            try await session.endInput()
        }
        let output = Recorder<[UInt8]>()
        let exit = try await session.follow { _, bytes in
            if output.all.isEmpty { try await Task.sleep(for: pause) }
            output.add(Array(bytes.readableBytesView))
        }
        session.conclude()
        await connector.close()
        return (exit, output.all.flatMap(\.self))
    }

    /// Whether a program `sleep SECONDS` runs on this machine.
    private static func runs(_ seconds: String) -> Bool {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.contains { pid in
            guard Int(pid) != nil, let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
            else {
                return false
            }
            return line.split(separator: "\0").suffix(2) == ["sleep", seconds[...]]
        }
    }

    /// A kept session without a terminal: outputs apart, the end of its input, its own code.
    private func onPipes(_ fleet: Fleet) async throws {
        let context = try ContextStore(directory: StateDirectory(path: fleet.path("config"))).choose(
            nil, environment: [:])
        let connector = HubConnector(context)
        var input = TTYOpenInput(cmd: ["sh", "-c", "cat; echo err >&2; echo $V; exit 6"], env: ["V": "variable"])
        (input.backend, input.container) = ("container", "box")
        input.session = SessionRequest(keep: true)
        let session = try await ExecSession(try await connector.connection().calls, input, node: "one")
        #expect(try await session.type(ByteBuffer(repeating: 120, count: 300_000)))
        try await session.endInput()
        let (output, errors) = (Recorder<String>(), Recorder<String>())
        let exit = try await session.follow { type, bytes in
            (type == .stdout ? output : errors).add(String(buffer: bytes))
        }
        session.conclude()
        await connector.close()
        #expect(exit.code == 6 && errors.all.joined() == "err\n")
        #expect(output.all.joined() == String(repeating: "x", count: 300_000) + "variable\n")
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

extension TerminalProgram {
    /// Ctrl-C ends what reads nothing, though more was pasted than its terminal holds; nothing of that reaches the shell.
    fileprivate func isInterruptedPastPaste() async throws {
        try await shows("# ")
        try await type("sleep 4321\r")
        try await shows("sleep 4321")
        try await type(String(repeating: "echo pas''ted\r", count: 4000))
        // All of it has left this side, so that nothing here waits with the key.
        try await Task.sleep(for: .seconds(1))
        try await type("\u{3}")
        try await until("the prompt") {
            try await type("echo he''re\r")
            try await Task.sleep(for: .milliseconds(300))
            return text.contains("here\r\n")
        }
        #expect(!text.contains("\npasted"))
        try await type("exit 7\r")
        #expect(await wait() == 7)
    }
}
