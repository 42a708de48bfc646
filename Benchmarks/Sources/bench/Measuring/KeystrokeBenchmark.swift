import Glibc
import Harness

/// A byte typed to its echo, through hub and spoke, beside ssh over a jump host (two hops, as ours) and direct; and how much
/// a program can show in the same way.
struct KeystrokeBenchmark: Benchmark {
    let name = "keystroke"
    private let rounds = 7
    private let strokes = 300
    /// Between two strokes, in microseconds: nobody types without pauses, and everyone sleeps in them.
    private let pause: UInt32 = 2_000
    /// Nanoseconds of output in one round.
    private let flood: UInt64 = 2_000_000_000

    private static let echo = "stty raw -echo; echo ready; exec cat"
    private static let yes = "stty raw -echo; echo ready; exec yes"

    func run(_ workshop: Workshop) throws -> [Row] {
        let fleet = try Fleet(workshop, name: "keystroke")
        defer { fleet.stop() }
        try fleet.addSpoke("node")
        let peer = try PrivateSSHD(workshop, name: name + "-ssh")
        defer { peer.stop() }
        func ours(_ line: String) throws -> TerminalChild {
            try TerminalChild(
                [workshop.capstan, "shell", "node", "--", "sh", "-c", line], environment: fleet.environment)
        }
        let bulk = [workshop.capstan, "exec", "node", "--", "cat", "/dev/zero"]
        return try typing(ours(Self.echo), peer) + output({ try ours(Self.yes) }, peer)
            + beside({ try ours(Self.echo) }, Bulk(command: bulk, environment: fleet.environment), peer)
    }

    /// The same while a program on the same node says as much as it can on a stream of its own.
    private func beside(_ ours: () throws -> TerminalChild, _ bulk: Bulk, _ peer: PrivateSSHD) throws -> [Row] {
        func typing(_ child: TerminalChild, _ bulk: Bulk) throws -> Double {
            defer { child.stop() }
            try child.shows("ready")
            return try bulk.beside { try type(child).p99 }
        }
        let other = Bulk(command: peer.jump("'stty raw; exec cat /dev/zero'"), environment: [:])
        let both = try alternate(
            rounds, ours: { try typing(try ours(), bulk) },
            peer: { try typing(try TerminalChild(peer.jump("'\(Self.echo)'")), other) })
        return [Row("keystroke/busy-p99", ours: both.ours, peer: both.peer, unit: "us")]
    }

    private func typing(_ ours: TerminalChild, _ peer: PrivateSSHD) throws -> [Row] {
        let jump = try TerminalChild(peer.jump("'\(Self.echo)'"))
        let direct = try TerminalChild(peer.terminal("'\(Self.echo)'"))
        defer { [ours, jump, direct].forEach { $0.stop() } }
        for child in [ours, jump, direct] { try child.shows("ready") }
        let beside = try alternate(rounds, ours: { try type(ours) }, peer: { try type(jump) })
        let near = try alternate(rounds, ours: { try type(ours) }, peer: { try type(direct) })
        return [
            Row("keystroke", ours: beside.ours.map(\.p50), peer: beside.peer.map(\.p50), unit: "us"),
            Row("keystroke/p99", ours: beside.ours.map(\.p99), peer: beside.peer.map(\.p99), unit: "us"),
            Row("keystroke/direct", ours: near.ours.map(\.p50), peer: near.peer.map(\.p50), unit: "us"),
        ]
    }

    private func type(_ child: TerminalChild) throws -> (p50: Double, p99: Double) {
        var room = [UInt8](repeating: 0, count: 64)
        var times: [Double] = []
        for stroke in 0..<strokes {
            usleep(pause)
            let before = LoadLoop.now()
            child.type([UInt8(ascii: "a") + UInt8(stroke % 26)])
            _ = try child.read(&room)
            times.append(Double(LoadLoop.now() - before) / 1e3)
        }
        times.sort()
        return (times[times.count / 2], times[times.count * 99 / 100])
    }

    private func output(_ ours: () throws -> TerminalChild, _ peer: PrivateSSHD) throws -> [Row] {
        let both = try alternate(
            rounds, ours: { try watch(try ours()) }, peer: { try watch(try TerminalChild(peer.jump("'\(Self.yes)'"))) })
        return [Row("keystroke/output", ours: both.ours, peer: both.peer, unit: "MB/s")]
    }

    /// Megabytes a second that a program shows.
    private func watch(_ child: TerminalChild) throws -> Double {
        defer { child.stop() }
        try child.shows("ready")
        var room = [UInt8](repeating: 0, count: 65_536)
        let begin = LoadLoop.now()
        var count = 0
        while LoadLoop.now() - begin < flood { count += try child.read(&room) }
        return Double(count) / 1e6 / (Double(LoadLoop.now() - begin) / 1e9)
    }
}

/// A program whose output goes nowhere, while something beside it is measured.
private struct Bulk {
    /// How long it runs before that, in microseconds.
    private static let lead: UInt32 = 500_000

    let command: [String]
    let environment: [String: String]

    func beside<Result>(_ body: () throws -> Result) throws -> Result {
        let pid = try Spawn.start(command, environment: environment, isQuiet: true)
        defer {
            kill(pid, SIGTERM)
            _ = Spawn.wait(pid)
        }
        usleep(Self.lead)
        return try body()
    }
}
