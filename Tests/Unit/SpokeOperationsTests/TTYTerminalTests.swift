import CallProtocol
import Foundation
import NIOCore
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite("Programs on a terminal", .serialized, .timeLimit(.minutes(3)))
struct TTYTerminalTests {
    private func with(
        _ cmd: [String], columns: Int = 80, rows: Int = 24, env: [String: String]? = nil,
        _ body: (Talk, String) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            var input = TTYOpenInput(cmd: cmd, env: env)
            input.tty = TerminalRequest(cols: columns, rows: rows)
            let talk = try await Talk(spoke, input)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(talk, folder)) } catch { outcome = .failure(error) }
            // A test that failed leaves no terminal to those after it.
            talk.stream.reset(.aborted, "over")
            await spoke.services.shutdown(endSessions: false)
            try outcome.get()
        }
    }

    private func shell(_ body: (Talk, String) async throws -> Void) async throws {
        try await with(["sh", "-i"], env: ["PS1": "$ ", "ENV": "/dev/null"], body)
    }

    @Test("have it as their own: its size, its name, one output, and the terminal's own treatment of lines")
    func own() async throws {
        let script = "tty; stty size; echo $TERM; test -t 0 -a -t 1 -a -t 2 && echo all; echo err >&2; ps -o tty= -p $$"
        try await with(["sh", "-c", script], columns: 132, rows: 50) { talk, _ in
            let heard = try await talk.hear()
            let lines = heard.text.split(separator: "\r\n").map(String.init)
            #expect(lines.first?.hasPrefix("/dev/pts/") == true, "\(heard.text)")
            #expect(Array(lines.dropFirst().prefix(4)) == ["50 132", "xterm-256color", "all", "err"])
            #expect(lines.last.map { "/dev/" + $0 } == lines.first)
            #expect(heard.stderr.isEmpty && heard.code == 0)
        }
    }

    @Test("are told of another size")
    func resize() async throws {
        try await with(["sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"]) { talk, _ in
            var heard = try await talk.hear { $0.text.contains("ready") }
            try await talk.stream.sendControl(["type": "resize", "cols": 101, "rows": 33])
            heard = try await talk.hear(heard) { $0.text.contains("33 101") }
            // What is no size changes nothing and ends nothing.
            try await talk.stream.sendControl(["type": "resize", "cols": "wide"])
            try await talk.signal("KILL")
            heard = try await talk.hear(heard)
            #expect(heard.exit == ["type": "exit", "code": -9, "signal": "KILL"])
        }
    }

    @Test("are interrupted, stopped and continued by what is typed")
    func typed() async throws {
        try await shell { talk, folder in
            var heard = try await talk.hear { $0.text.contains("$ ") }
            // Told by the program itself: typed before it is there, the key would be the shell's.
            try await talk.type("sh -c 'echo up \"up\"; exec sleep 1000'\n")
            heard = try await talk.hear(heard) { $0.text.contains("up up\r\n") }
            try await talk.type("\u{3}")
            try await talk.type("echo code $?\n")
            heard = try await talk.hear(heard) { $0.text.contains("code 130\r\n") }
            // Nothing but builtins: a shell that waits for a `vfork` cannot be stopped.
            let gate = folder + "/gate"
            #expect(mkfifo(gate, 0o600) == 0)
            try await talk.type("sh -c 'echo be''gin; read line < \"\(gate)\"; echo en''ded'\n")
            heard = try await talk.hear(heard) { $0.text.contains("begin\r\n") }
            try await talk.type("\u{1A}")
            heard = try await talk.hear(heard) { $0.text.contains("Stopped") }
            try await talk.type("fg\n")
            let opener = try #require(FileHandle(forUpdatingAtPath: gate))
            try opener.write(contentsOf: Data("on\n".utf8))
            heard = try await talk.hear(heard) { $0.text.contains("ended\r\n") }
            try opener.close()
            try await talk.type("exit 5\n")
            #expect(try await talk.hear(heard).code == 5)
        }
    }

    @Test("get signals of the caller in the foreground, whatever waits in their input")
    func signals() async throws {
        try await with(["sh", "-c", "stty raw -echo; echo ready; exec sleep 1000"]) { talk, _ in
            let heard = try await talk.hear { $0.text.contains("ready") }
            // Nobody reads it: the terminal takes a few KiB, the rest waits in the spoke.
            for _ in 0..<16 { try await talk.stream.send(.stdin, ByteBuffer(repeating: 120, count: 60_000)) }
            try await talk.signal("INT")
            #expect(try await talk.hear(heard).exit == ["type": "exit", "code": -2, "signal": "INT"])
        }
    }

    @Test("see the end of input as a person would type it, at the begin of a line and within one")
    func endOfInput() async throws {
        for text in ["", "line\n", "line\nrest"] {
            try await with(["sh", "-c", "stty -echo; echo ready; cat | od -An -c; echo over"]) { talk, _ in
                var heard = try await talk.hear { $0.text.contains("ready") }
                if !text.isEmpty { try await talk.type(text) }
                try await talk.endInput()
                heard = try await talk.hear(heard)
                #expect(heard.code == 0 && heard.text.contains("over"), "\(heard.text)")
                let letters = heard.text.filter { "linerst".contains($0) && $0 != "\r" }
                #expect(letters.contains("line") == text.contains("line"), "\(heard.text)")
                #expect(letters.contains("rest") == text.contains("rest"), "\(heard.text)")
            }
        }
    }

    @Test("that edit lines themselves see the end of input too, and so does what they run")
    func endOfInputForEditors() async throws {
        // Typed before bash has its editor of lines, or just then.
        for text in ["echo li''ne\n", "cat\nline\n", "sleep 0.5; echo li''ne\n"] {
            try await with(["bash", "--norc", "--noprofile", "-i"]) { talk, _ in
                try await talk.type(text)
                try await talk.endInput()
                let heard = try await talk.hear()
                #expect(heard.code == 0 && heard.text.contains("line\r\n"), "\(heard.text)")
            }
        }
    }

    @Test("that take every byte get none for the end of input")
    func endOfInputForRaw() async throws {
        let script =
            "stty raw -echo; echo ready; timeout --foreground 1 cat > bytes; stty sane; od -An -c bytes; echo over"
        try await with(["sh", "-c", "cd $(mktemp -d) && \(script); rm bytes; rmdir $PWD"]) { talk, _ in
            var heard = try await talk.hear { $0.text.contains("ready") }
            try await talk.type("x")
            try await talk.endInput()
            heard = try await talk.hear(heard)
            let bytes = heard.text.split(separator: "ready").last?.split(separator: "over").first
            #expect(bytes?.trimmingCharacters(in: .whitespacesAndNewlines) == "x", "\(heard.text)")
        }
    }

    @Test("send binary as it is once their terminal is raw, and megabytes of it", arguments: [100_000_000])
    func binary(_ size: Int) async throws {
        try await withFolder { folder in
            let file = URL(filePath: folder + "/binary")
            var random = SeededRandom(seed: 11)
            let block = Data((0..<1_000_003).map { _ in UInt8.random(in: 0...255, using: &random) })
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
            let handle = try FileHandle(forWritingTo: file)
            var left = size
            while left > 0 {
                try handle.write(contentsOf: block.prefix(left))
                left -= min(left, block.count)
            }
            try handle.close()
            try await with(["sh", "-c", "stty raw; cat '\(file.path)'"]) { talk, _ in
                var received = 0
                var isSame = true
                var exit: JSONValue?
                while let part = try await talk.stream.next() {
                    switch part {
                    case .bytes(.stdout, let bytes):
                        var bytes = bytes
                        while let piece = bytes.readSlice(
                            length: min(bytes.readableBytes, block.count - received % block.count)),
                            piece.readableBytes > 0
                        {
                            let place = received % block.count
                            isSame =
                                isSame
                                && piece.withUnsafeReadableBytes { one in
                                    block.withUnsafeBytes {
                                        memcmp(one.baseAddress!, $0.baseAddress! + place, one.count) == 0
                                    }
                                }
                            received += piece.readableBytes
                        }
                    case .control(let json): exit = try RawJSON(validating: json).value()
                    default: break
                    }
                }
                #expect(isSame && received == size, "\(received) bytes")
                #expect(exit?["code"] == 0)
            }
        }
    }

    @Test(
        "that draw over the whole screen are driven: an editor writes a file",
        .enabled(if: ["/bin", "/usr/bin"].contains { access($0 + "/busybox", X_OK) == 0 }, "needs busybox"))
    func editor() async throws {
        try await withFolder { folder in
            let file = URL(filePath: folder + "/note")
            try await with(["busybox", "vi", file.path]) { talk, _ in
                var heard = try await talk.hear { $0.text.contains("note") }
                try await talk.type("ihello wörld\u{1B}")
                heard = try await talk.hear(heard) { $0.text.contains("hello") }
                try await talk.type(":wq\n")
                #expect(try await talk.hear(heard).code == 0)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == "hello wörld\n")
        }
    }

    @Test("that draw over the whole screen are driven: a monitor is left")
    func monitor() async throws {
        try await with(["top"]) { talk, _ in
            let heard = try await talk.hear { $0.text.contains("PID") && $0.text.contains("COMMAND") }
            try await talk.type("q")
            #expect(try await talk.hear(heard).code == 0)
        }
    }

    @Test("end with their caller, what they left in the foreground too")
    func callerGone() async throws {
        try await withFolder { folder in
            let mark = folder + "/pids"
            try await with(
                ["bash", "--norc", "-ic", "echo $$ >> '\(mark)'; sh -c 'echo $$ >> \(mark); exec sleep 1000'"]
            ) { talk, _ in
                try await eventually {
                    ((try? String(contentsOfFile: mark, encoding: .utf8)) ?? "").split(separator: "\n").count == 2
                }
                talk.stream.reset(.aborted, "gone")
                let pids = try String(contentsOfFile: mark, encoding: .utf8).split(separator: "\n").compactMap {
                    Int32($0)
                }
                #expect(pids.count == 2)
                try await eventually { pids.allSatisfy { kill($0, 0) != 0 } }
            }
        }
    }

    @Test("may close all that they have of it and live on, and their code is told when they end")
    func closedOutput() async throws {
        try await with(["sh", "-c", "echo last; exec <&- >&- 2>&-; sleep 0.4; exit 4"]) { talk, _ in
            let heard = try await talk.hear()
            #expect(heard.text == "last\r\n" && heard.exit == ["type": "exit", "code": 4])
        }
    }

    @Test("do not wait for children that they leave behind: the terminal is theirs, and goes with them")
    func childOutlives() async throws {
        let script = "(trap '' HUP; sleep 30; echo late) & echo done; exit 3"
        try await with(["sh", "-c", script]) { talk, _ in
            let begin = ContinuousClock.now
            let heard = try await talk.hear()
            #expect(heard.text == "done\r\n" && heard.code == 3)
            #expect(begin.duration(to: .now) < .seconds(20))
        }
    }

    @Test("lose nothing of what they said last, however slowly it is taken")
    func lastWords() async throws {
        let script = "stty -opost; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done"
        try await with(["sh", "-c", script]) { talk, _ in
            var text = ""
            while let part = try await talk.stream.next() {
                guard case .bytes(.stdout, let bytes) = part else { continue }
                text += String(buffer: bytes)
                if text.utf8.count < 30_000 { try await ContinuousClock().sleep(for: .milliseconds(20)) }
            }
            let isWhole = text == (1...20_000).map { "line \($0)\n" }.joined()
            #expect(isWhole, "\(text.utf8.count) bytes, the last: \(text.suffix(40))")
        }
    }

    @Test("may be let go of and opened again while it is read, as often as anybody likes")
    func reopened() async throws {
        let script = """
            t=$(tty); echo said; exec < /dev/null > /dev/null 2>&1; i=0
            while [ $i -lt 3000 ]; do i=$((i+1)); echo . > $t; : < $t; done; exit 3
            """
        try await with(["sh", "-c", script]) { talk, _ in
            let heard = try await talk.hear()
            #expect(heard.text == "said\r\n" + String(repeating: ".\r\n", count: 3_000) && heard.code == 3)
        }
    }

    @Test("let many be there at once, and leave no descriptor and no process when they are gone")
    func many() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            // Of every terminal; other suites may have one for a moment.
            @Sendable func descriptors(ours: Bool) throws -> Int {
                let folder = "/proc/self/fd/"
                return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
                    let file = (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + name)) ?? ""
                    return ours ? file.hasSuffix("/ptmx") : file.hasPrefix("/dev/pts/") && !file.hasSuffix("/ptmx")
                }
            }
            try await eventually { try descriptors(ours: true) == 0 }
            var talks: [Talk] = []
            for number in 0..<50 {
                var input = TTYOpenInput(cmd: ["sh", "-c", "echo \(number); read line; exit \(number)"])
                input.tty = TerminalRequest(cols: 80, rows: 24)
                talks.append(try await Talk(spoke, input))
            }
            // To be written to, to be read, and to be read by the event loop; and the program's side, held open meanwhile.
            let count = talks.count
            try await eventually { try descriptors(ours: true) == 3 * count }
            #expect(try descriptors(ours: false) >= count)
            for (number, talk) in talks.enumerated() {
                let heard = try await talk.hear { $0.text.contains("\(number)\r\n") }
                try await talk.type("\n")
                #expect(try await talk.hear(heard).code == Int64(number))
            }
            try await eventually { try descriptors(ours: true) == 0 }
            try await eventually { try descriptors(ours: false) < count }
            await spoke.services.shutdown(endSessions: false)
        }
    }
}
