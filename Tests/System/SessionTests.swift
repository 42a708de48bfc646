import CallProtocol
import Daemon
import Foundation
import NIOCore
import Operations
import TestKit
import Testing

@testable import capstan

@Suite("A session that outlives everything but the machine", .serialized)
struct SessionTests {
    /// How often the link is cut; many times in `make soak`.
    static let cuts = ProcessInfo.processInfo.environment["CAPSTAN_CUTS"].flatMap { Int($0) } ?? 40

    @Test("loses no byte and repeats none in either direction, however often the links are cut")
    func cut() async throws {
        let seed = UInt64.random(in: 1...1_000_000)
        print("seed \(seed), \(Self.cuts) cuts")
        try await Proxied.with(spokes: 1, seed: seed) { proxied in
            var random = SeededRandom(seed: seed)
            let node = FleetNode(id: "s0", name: "s0")
            var input = TTYOpenInput(cmd: ["sh", "-c", "stty raw -echo; echo up; exec cat"])
            input.tty = TerminalRequest(cols: 80, rows: 24)
            input.session = SessionRequest(name: "cut", keep: true)
            let opened = try await ExecSession(
                try await proxied.operatorsLink.connection().calls, input, node: "s0")
            let session = KeptSession(opened, on: node, isWriter: true, proxied.operatorsLink)
            let shown = Recorder<[UInt8]>()
            let count = Recorder<Int>()
            let following = Task {
                try await session.followed { _, bytes in
                    shown.add(Array(bytes.readableBytesView))
                    count.add(bytes.readableBytes)
                }
            }
            var typed = Array("up\n".utf8)
            try await until("the program") { count.all.reduce(0, +) == typed.count }
            for number in 0..<Self.cuts {
                let portion = (0..<Int.random(in: 1...3_000, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                typed += portion
                // What became of it is told by who follows it.
                guard try await session.type(ByteBuffer(bytes: portion)) else {
                    let exit = try await following.value
                    return #expect(Bool(false), "it ended after \(number) cuts: \(exit), seed \(seed)")
                }
                if Bool.random(using: &random) {
                    try await ContinuousClock().sleep(for: .microseconds(Int.random(in: 0...4_000, using: &random)))
                }
                // Now and then the spoke's own.
                let line = number % 20 == 19 ? proxied.lines[0] : proxied.lines[1]
                await line.cut(Bool.random(using: &random) ? .reset : .finish)
            }
            try await until("all that was typed", seconds: 60) { count.all.reduce(0, +) >= typed.count }
            let transcript = shown.all.flatMap(\.self)
            let isSame = transcript == typed
            #expect(isSame, "\(transcript.count) bytes came of \(typed.count), seed \(seed)")
            _ = try await proxied.direct.ask(
                TTYOperations.kill, TTYSessionRef(session: "cut"), node: "s0", wait: .seconds(60))
            #expect(try await following.value.signal == "HUP")
        }
    }

    @Test(
        "ends by itself with its own code, as a workload does, in whichever order spoke, hub and client are killed",
        arguments: [
            ["spoke", "hub", "client"], ["spoke", "client", "hub"], ["hub", "spoke", "client"],
            ["hub", "client", "spoke"], ["client", "spoke", "hub"], ["client", "hub", "spoke"],
        ])
    func killed(_ order: [String]) async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let gate = fleet.path("gate")
            let script = "echo up; while ! [ -e '\(gate)' ]; do sleep 0.05; done; echo over; exit 9"
            let client = try fleet.startOnTerminal("shell", "one", "--session", "kept", "--", "sh", "-c", script)
            try await client.shows("up")
            let submitted = try await fleet.run("run", "--detach", "--node", "one", "--", "sh", "-c", script)
            #expect(submitted.code == 0, "\(submitted.err)")
            let workload = submitted.text.trimmingCharacters(in: .whitespacesAndNewlines)
            try await until("the workload") {
                try await fleet.run("workload", "logs", workload).text.contains("up")
            }
            for victim in order {
                switch victim {
                case "spoke": try await fleet.killSpoke("one")
                case "hub": try await fleet.killHub()
                default:
                    client.signal(SIGKILL)
                    _ = await client.wait()
                }
            }
            try Data().write(to: URL(filePath: gate))
            try await fleet.startHub()
            try await fleet.startSpoke("one")
            try await until("the end of the session") {
                try await fleet.run("session", "list", "--all", "--wait", "10s").text.contains("exited (9)")
            }
            let replayed = try await fleet.run("session", "replay", "kept", "--speed", "0")
            #expect(replayed.text == "up\r\nover\r\n" && replayed.code == 0, "\(replayed.err)")
            try await until("the end of the workload") {
                let shown = try await fleet.run("workload", "show", workload, "-o", "json").json() as? [String: Any]
                return shown?["exitCode"] as? Int == 9 && shown?["state"] as? String == "failed"
            }
            try await until("the event of its end") {
                try await fleet.run("events").text.contains("the session kept on one has ended with the code 9")
            }
        }
    }

    @Test("is one of 200 on a node, all of them joined, and leaves nothing when they have ended")
    func many() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let context = try ContextStore(directory: StateDirectory(path: fleet.path("config"))).choose(
                nil, environment: [:])
            let connector = HubConnector(context)
            let calls = try await connector.connection().calls
            let spoke = try #require(fleet.spokes["one"])
            let before = ProcessUse(spoke.pid)
            var input = TTYOpenInput(cmd: ["sh", "-c", "echo up; read line; echo $line; exit 3"])
            input.tty = TerminalRequest(cols: 80, rows: 24)
            input.session = SessionRequest(keep: true)
            var sessions: [ExecSession] = []
            for _ in 0..<200 { sessions.append(try await ExecSession(calls, input, node: "one")) }
            let during = ProcessUse(spoke.pid)
            print("200 sessions: spoke \(before) before, \(during) with them")
            let ends = try await withThrowingTaskGroup(of: (String, SessionExit).self) { group in
                for (number, session) in sessions.enumerated() {
                    group.addTask {
                        #expect(try await session.type(ByteBuffer(string: "line \(number)\n")))
                        let shown = Recorder<String>()
                        let exit = try await session.follow { _, bytes in shown.add(String(buffer: bytes)) }
                        session.conclude()
                        return (shown.all.joined(), exit)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let areRight = ends.allSatisfy { $0.1.code == 3 && $0.0.contains("up\r\n") && $0.0.contains("line ") }
            #expect(areRight && ends.count == 200)
            try await until("descriptors as before") {
                ProcessUse(spoke.pid).descriptors <= before.descriptors + 2
            }
            #expect(try await fleet.run("session", "list", "--quiet").text.isEmpty)
            await connector.close()
        }
    }

    @Test("is begun, left, watched, joined again and ended as its page says")
    func tour() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let first = try fleet.startOnTerminal("shell", "one", "--session", "train", "--", "sh", "-i")
            try await first.type("echo beg''in\r")
            try await first.shows("begin\r\n")
            try await first.type("\r~.")
            #expect(await first.wait() == 0)
            #expect(first.text.contains("capstan session attach train"))
            let second = try fleet.startOnTerminal("shell", "one", "--session", "train")
            try await second.shows("joined the session train")
            try await second.shows("begin\r\n")
            let watcher = try fleet.start(["session", "attach", "train", "--watch"])
            try await until("the watcher") { watcher.outputSoFar.contains("begin") }
            let third = try fleet.startOnTerminal("session", "attach", "train", columns: 100, rows: 30)
            try await second.shows("somebody else writes here now")
            try await third.behaves()
            #expect(await second.wait() == 7)
            #expect(await watcher.wait().code == 7)
            #expect(try await fleet.run("session", "list").text.isEmpty)
            #expect(try await fleet.run("session", "list", "--all").text.contains("exited (7)"))
            let over = try await fleet.run("session", "attach", "train", "--watch")
            #expect(over.code == 64 && over.err.contains("has ended: exited (7)"))
            let unknown = try await fleet.run("session", "kill", "other")
            #expect(unknown.code == 2 && unknown.err.contains("no node that answers knows a session `other`"))
        }
    }

    static let player = "/usr/bin/asciinema"

    @Test(
        "is played by a public player as it was shown",
        .enabled(if: FileManager.default.isExecutableFile(atPath: player), "asciinema is not installed"))
    func asciicast() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let script = "printf 'é\\342'; sleep 0.1; printf '\\202\\254 \\033[31mred\\033[0m\\n'; exit 0"
            let shell = try fleet.startOnTerminal("shell", "one", "--session", "cast", "--", "sh", "-c", script)
            #expect(await shell.wait() == 0)
            let cast = try await fleet.run("session", "replay", "cast", "--cast")
            try Data(cast.text.utf8).write(to: URL(filePath: fleet.path("session.cast")))
            // On a terminal, without which it plays nothing.
            let player = try TerminalProgram(
                [Self.player, "play", fleet.path("session.cast")],
                environment: fleet.environment.merging(["TERM": "xterm"]) { $1 }, folder: fleet.folder.path)
            #expect(await player.wait() == 0)
            #expect(player.text.contains("é€ \u{1B}[31mred\u{1B}[0m\r\n"), "\(player.text)")
        }
    }
}
