import CallProtocol
import Foundation
import Glibc
import NIOCore
import Operations
import Processes
import TestKit
import Testing

@testable import SpokeOperations

@Suite("Sessions that outlive their callers", .timeLimit(.minutes(2)))
struct TTYSessionTests {
    private func kept(_ script: String, name: String? = nil, terminal: Bool = true) -> TTYOpenInput {
        var input = TTYOpenInput(cmd: ["/bin/sh", "-c", script])
        if terminal { input.tty = TerminalRequest(cols: 80, rows: 24) }
        input.session = SessionRequest(name: name, keep: true)
        return input
    }

    private func sessions(_ spoke: Spoke, running: Bool? = nil) async throws -> [TTYSessionView] {
        try await spoke.client.call(TTYOperations.list, TTYListInput(running: running)).sessions
    }

    private func ended(_ spoke: Spoke, _ id: String) async throws -> TTYSessionView {
        try await eventually { try await sessions(spoke).first { $0.session == id }?.state == .exited }
        return try #require(try await sessions(spoke).first { $0.session == id })
    }

    @Test("go on without them, and are joined again where their output was left off")
    func goOn() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let first = try await Talk(
                    spoke, kept("stty -echo; echo up; while read l; do echo $l $l; done; exit 5"))
                var heard = try await first.hear { $0.text.contains("up\r\n") }
                try await first.type("one\n")
                heard = try await first.hear(heard) { $0.text.hasSuffix("one one\r\n") }
                #expect(first.accepted.writer == 1)
                first.stream.reset(.aborted, "the link is lost")
                let second = try await Talk(
                    joining: TTYAttachInput(session: first.accepted.session, offset: 4, writer: 1), spoke)
                #expect(second.accepted.stdinOffset == 4 && second.accepted.offset == 4 && second.accepted.writer == 1)
                var rest = try await second.hear { $0.text.hasSuffix("one one\r\n") }
                #expect(rest.text == "one one\r\n")
                try await second.type("two\n")
                try await second.endInput()
                rest = try await second.hear(rest)
                #expect(rest.text == "one one\r\ntwo two\r\n" && rest.code == 5 && rest.acknowledged == 8)
                let view = try await ended(spoke, first.accepted.session)
                #expect(view.exitCode == 5 && view.offset == 22 && view.tty && view.keep && !view.recorded)
                let again = try await Talk(joining: TTYAttachInput(session: view.session, offset: 13), spoke)
                let told = try await again.hear()
                #expect(told.text == "two two\r\n" && told.code == 5)
            }
        }
    }

    @Test("are found again by another spoke process, and their end is told once, whoever was there")
    func restart() async throws {
        try await withFolder { folder in
            let id = Recorder<String>()
            try await withSpoke(folder, endSessions: false) { spoke in
                let talk = try await Talk(spoke, kept("read line; echo $line; exit 3", name: "train", terminal: false))
                id.add(talk.accepted.session)
                let gone = try await Talk(spoke, kept("exit 4", terminal: false))
                #expect(try await gone.hear().code == 4)
                id.add(gone.accepted.session)
            }
            try await withSpoke(folder) { spoke in
                #expect(try await sessions(spoke, running: true).map(\.session) == [id.all[0]])
                let talk = try await Talk(joining: TTYAttachInput(session: "train"), spoke)
                try await talk.type("late\n")
                let heard = try await talk.hear()
                #expect(heard.text == "late\n" && heard.code == 3)
                let rows = try await spoke.journal(count: 2)
                #expect(Set(rows.map(\.id)) == Set(id.all) && Set(rows.map(\.kind)) == ["session.ended"])
            }
            try await withSpoke(folder) { spoke in
                let rows = try await spoke.journal(count: 2)
                let states = try await sessions(spoke).map(\.state)
                #expect(rows.count == 2 && states == [.exited, .exited])
            }
        }
    }

    @Test("have names of their own while they run, are watched, and ended by request")
    func names() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let owner = try await Talk(spoke, kept("stty -echo; echo up; read a; echo $a; sleep 100", name: "one"))
                var heard = try await owner.hear { $0.text.contains("up") }
                let refused = await refusal { try await Talk(spoke, kept("true", name: "one")) }
                #expect(refused?.code == .conflict)
                let watcher = try await Talk(joining: TTYAttachInput(session: "one", offset: 0, write: false), spoke)
                #expect(watcher.accepted.writer == nil)
                try await watcher.type("not heard\n")
                try await owner.type("heard\n")
                let seen = try await watcher.hear { $0.text.contains("heard\r\n") }
                heard = try await owner.hear(heard) { $0.text.contains("heard\r\n") }
                #expect(seen.text == "up\r\nheard\r\n" && heard.text == seen.text)
                let taker = try await Talk(joining: TTYAttachInput(session: "one"), spoke)
                heard = try await owner.hear(heard) { $0.order.last == "replaced" }
                #expect(taker.accepted.writer == 2)
                _ = try await spoke.client.call(TTYOperations.kill, TTYSessionRef(session: "one"))
                for talk in [owner, watcher, taker] {
                    #expect(try await talk.hear().exit == ["type": "exit", "code": -1, "signal": "HUP"])
                }
                let view = try await ended(spoke, owner.accepted.session)
                #expect(view.exitCode == 129 && view.signal == "HUP" && view.reason == "cancelled")
                let unknown = await refusal {
                    try await spoke.client.call(TTYOperations.kill, TTYSessionRef(session: "two"))
                }
                #expect(unknown?.code == .notFound)
                _ = try await Talk(spoke, kept("true", name: "one")).hear()
            }
        }
    }

    @Test("show who joins about the last screenful, however much came before")
    func screenful() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let script = "stty -echo; seq 1 50000; echo ready; read a"
                let first = try await Talk(spoke, kept(script, name: "long"))
                _ = try await first.hear { $0.text.contains("ready") }
                let second = try await Talk(joining: TTYAttachInput(session: "long"), spoke)
                try await second.type("\n")
                let heard = try await second.hear()
                let lines = heard.text.split(separator: "\r\n")
                #expect(lines == (49_978...50_000).map { "\($0)" } + ["ready"], "\(heard.text.prefix(200))")
                #expect(second.accepted.offset > 300_000)
            }
        }
    }

    @Test("show again what they showed, with its times and sizes")
    func replay() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let script = "stty -echo; echo first; read a; sleep 0.2; echo second"
                let talk = try await Talk(spoke, kept(script, name: "show"))
                let heard = try await talk.hear { $0.text.contains("first") }
                try await talk.stream.sendControl(["type": "resize", "cols": 99, "rows": 33])
                try await talk.type("\n")
                _ = try await talk.hear(heard)
                func pieces(_ input: TTYReplayInput) async throws -> [TTYPiece] {
                    let pieces = try spoke.client.subscribe(TTYOperations.replay, input)
                    var all: [TTYPiece] = []
                    while let piece = try await pieces.next() { all.append(piece) }
                    return all
                }
                func bytes(_ pieces: [TTYPiece]) -> String {
                    String(
                        decoding: pieces.compactMap(\.data).flatMap { Data(base64Encoded: $0) ?? Data() },
                        as: UTF8.self)
                }
                let all = try await pieces(TTYReplayInput(session: "show"))
                #expect(bytes(all) == "first\r\nsecond\r\n")
                #expect(all.first { $0.kind == .resize }.map { [$0.cols, $0.rows] } == [99, 33])
                let end = try #require(all.last)
                #expect(end.kind == .end && end.offset == 15 && end.timeUs >= 200_000)
                #expect(bytes(try await pieces(TTYReplayInput(session: "show", from: 7))) == "second\r\n")
                #expect(
                    bytes(try await pieces(TTYReplayInput(session: "show", from: 7, speed: 1e-300))) == "second\r\n")
                let begin = ContinuousClock.now
                _ = try await pieces(TTYReplayInput(session: "show", speed: 0.5))
                #expect(begin.duration(to: .now) >= .milliseconds(400))
            }
        }
    }

    @Test("are not begun where the program is not there, nor in a container where there is no engine")
    func refused() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                var input = kept("true")
                input.cmd = ["no-such-program"]
                let missing = try await Talk(spoke, input).hear()
                let left = try await sessions(spoke)
                #expect(missing.code == 127 && left.isEmpty)
                input = kept("true")
                (input.backend, input.container) = ("container", "web")
                let inContainer = await refusal { [input] in try await Talk(spoke, input) }
                #expect(inContainer?.code == .failedPrecondition)
                input = kept("true")
                input.user = "nobody-of-that-name"
                let asNobody = await refusal { [input] in try await Talk(spoke, input) }
                #expect(asNobody?.code == .failedPrecondition)
            }
        }
    }

    @Test("that are only recorded go with their callers, and what they showed is kept")
    func recorded() async throws {
        try await withFolder { folder in
            try await withSpoke(folder, { $0.recordsSessions = true }) { spoke in
                var input = TTYOpenInput(cmd: ["/bin/sh", "-c", "echo secret plans; sleep 100"])
                input.tty = TerminalRequest(cols: 80, rows: 24)
                let talk = try await Talk(spoke, input)
                _ = try await talk.hear { $0.text.contains("plans\r\n") }
                talk.stream.reset(.aborted, "gone")
                let view = try await ended(spoke, talk.accepted.session)
                #expect(view.recorded && !view.keep && view.signal == "HUP")
                let path = folder + "/terminals/\(view.session)/recording"
                let recording = try Data(contentsOf: URL(filePath: path))
                #expect(recording.range(of: Data("secret plans\r\n".utf8)) != nil)
                #expect(try await spoke.firstBatch()?.rows.isEmpty ?? true)
            }
        }
    }

    @Test("whose supervisor is killed end with it, and are told as lost")
    func lost() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let talk = try await Talk(
                    spoke, kept("trap '' HUP PIPE; echo up; while :; do sleep 0.1; done", name: "lost"))
                let heard = try await talk.hear { $0.text.contains("up") }
                let pid = try #require(talk.accepted.pid)
                let started = folder + "/terminals/\(talk.accepted.session)/started"
                let line = try String(contentsOfFile: started, encoding: .utf8).split(separator: "\n")
                    .first { $0.hasPrefix("supervisor=") }
                let supervisor = try #require(line.flatMap { Int32($0.dropFirst("supervisor=".count)) })
                Glibc.kill(supervisor, SIGKILL)
                let exit = try await talk.hear(heard).exit
                #expect(exit?["code"] == -1 && exit?["error"] != nil)
                try await eventually { Glibc.kill(Int32(pid), 0) != 0 }
                try await eventually { try await sessions(spoke).first?.state == .lost }
                let kinds = try await spoke.journal(count: 1).map(\.kind)
                #expect(kinds == ["session.ended"])
            }
        }
    }

    @Test("run as another user where the spoke may do that, kept and not", .enabled(if: geteuid() == 0))
    func user() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                for keep in [true, false] {
                    var input = kept("id -un; echo $HOME $USER", terminal: keep)
                    input.session?.keep = keep
                    (input.user, input.cwd) = ("nobody", "/")
                    let heard = try await Talk(spoke, input).hear()
                    let lines = heard.text.split(whereSeparator: \.isNewline)
                    #expect(lines == ["nobody", "/nonexistent nobody"] && heard.code == 0, "\(heard.text)")
                }
            }
        }
    }

    @Test("leave nothing when they are too old or too much, and what nobody was told of stays")
    func purge() async throws {
        try await withFolder { folder in
            let now = Recorder<Int64>()
            now.add(SpokeConfiguration.systemTime())
            try await withSpoke(
                folder,
                {
                    $0.now = { now.all.last ?? 0 }
                    $0.allRecordingsBytes = 250_000
                }
            ) { spoke in
                for number in 1...3 {
                    let talk = try await Talk(
                        spoke, kept("head -c 100000 /dev/zero", name: "n\(number)", terminal: false))
                    _ = try await talk.hear()
                    _ = try await spoke.journal(count: number)
                }
                try await eventually { try await sessions(spoke).count == 3 }
                await spoke.services.purgeSessions()
                #expect(try await sessions(spoke).map(\.name) == ["n2", "n3"])
                now.add(SpokeConfiguration.systemTime() + 25 * 3_600_000)
                await spoke.services.purgeSessions()
                #expect(try await sessions(spoke).isEmpty)
                let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/terminals")
                #expect(left.isEmpty)
            }
        }
    }
}
