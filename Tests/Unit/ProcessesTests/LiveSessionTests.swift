import Foundation
import Glibc
import TestKit
import Testing

@testable import Processes

@Suite("A session under a supervisor", .timeLimit(.minutes(2)))
struct LiveSessionTests {
    private static let size = TerminalSize(columns: 90, rows: 30)

    private func start(
        _ script: String, _ directory: String, terminal: TerminalSize? = size, isRaw: Bool = false,
        outlives: Bool = true
    ) async throws {
        let start = try await supervise(script, directory) {
            $0.session = SessionSpec(
                terminal: terminal, isRaw: isRaw, outlives: outlives, about: Array("{}".utf8))
        }
        guard case .started = start else { throw SystemError("start", code: EINVAL) }
    }

    private func join(
        _ directory: String, from offset: UInt64 = 0, writes: Bool = true, epoch: UInt64? = nil
    ) async throws -> SessionConnection {
        try #require(try await SessionConnection.join(directory, from: offset, isWriter: writes, epoch: epoch))
    }

    /// Listens until `enough` of the output is there, or to the end of the connection.
    private func hear(
        _ connection: SessionConnection, _ heard: inout [UInt8], until enough: (String) -> Bool = { _ in false }
    ) async throws {
        while !enough(text(heard)), let news = try await connection.next() {
            if case .output(_, let bytes) = news { heard += bytes }
        }
    }

    @Test("runs on a terminal of its own, is typed into, and its sizes stand in the recording")
    func terminal() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("stty -echo; tty; stty size; read line; echo got $line; stty size; exit 4", session)
            let connection = try await join(session)
            #expect(connection.begin == 0 && connection.accepted == 0 && connection.epoch == 1)
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("30 90\r\n") }
            #expect(text(heard).hasPrefix("/dev/pts/"))
            try await connection.resize(TerminalSize(columns: 100, rows: 40))
            try await connection.input(Array("hello\n".utf8))
            try await hear(connection, &heard)
            #expect(text(heard).hasSuffix("got hello\r\n40 100\r\n"))
            let record = try await ended(session)
            #expect(record.exit.code == 4 && record.outputBytes == UInt64(heard.count))
            #expect(try output(session) == heard)
            #expect(try records(SupervisorClient.recordingPath(session)).compactMap(\.size).map(\.columns) == [100])
            #expect(try SupervisorClient.about(session) == "{}")
        }
    }

    @Test("on pipes has stderr apart, and its input ends where the caller says so")
    func pipes() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("cat; echo err >&2", session, terminal: nil)
            let connection = try await join(session)
            try await connection.input(Array("abc".utf8))
            try await connection.endInput()
            var (out, err, written) = ([UInt8](), [UInt8](), UInt64(0))
            while let news = try await connection.next() {
                switch news {
                case .output(.stdout, let bytes): out += bytes
                case .output(_, let bytes): err += bytes
                case .acknowledged(let count): written = count
                case .replaced, .behind: #expect(Bool(false), "\(news)")
                }
            }
            #expect(text(out) == "abc" && text(err) == "err\n" && written == 3)
            #expect(try await ended(session).exit.code == 0)
        }
    }

    @Test("gives each byte of its output once to who comes and goes, and takes each byte of input once")
    func exactlyOnce() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("stty raw -echo; echo up; exec cat", session)
            var random = SeededRandom(seed: 3)
            let typed = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            var heard: [UInt8] = []
            var connection = try await join(session)
            let epoch = connection.epoch
            try await hear(connection, &heard) { $0.contains("up\n") }
            let begin = heard.count
            while heard.count < begin + typed.count {
                // All that may be under way, and then the line is cut at some place.
                let from = Int(connection.accepted)
                let sending = Task { [connection] in
                    try? await connection.input(typed[from..<min(from + 60_000, typed.count)])
                }
                let enough = heard.count + Int.random(in: 1...9_000, using: &random)
                while heard.count < enough, heard.count < begin + typed.count, let news = try await connection.next() {
                    if case .output(_, let bytes) = news { heard += bytes }
                }
                connection.close()
                _ = await sending.value
                connection = try await join(session, from: UInt64(heard.count), epoch: epoch)
                #expect(connection.epoch == epoch && connection.begin == UInt64(heard.count))
            }
            let isSame = Array(heard.dropFirst(begin)) == typed
            #expect(isSame, "\(heard.count - begin) bytes came of \(typed.count)")
            try await connection.signal(.kill, flush: false)
            #expect(try await ended(session).exit.signal == SIGKILL)
        }
    }

    @Test("has one who writes; who wrote before is told, and watches with the others")
    func writers() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("stty -echo; echo up; while read line; do echo got $line; done", session)
            let first = try await join(session)
            let watcher = try await join(session, writes: false)
            var heard: [[UInt8]] = [[], [], []]
            try await hear(first, &heard[0]) { $0.contains("up") }
            let second = try await join(session)
            #expect(first.epoch == 1 && watcher.epoch == 0 && second.epoch == 2)
            #expect(try await first.next() == .replaced)
            try await first.input(Array("mine\n".utf8))
            try await watcher.input(Array("watching\n".utf8))
            try await second.input(Array("yours\n".utf8))
            for (number, connection) in [first, watcher, second].enumerated() {
                try await hear(connection, &heard[number]) { $0.contains("got yours\r\n") }
            }
            #expect(heard.allSatisfy { text($0) == "up\r\ngot yours\r\n" }, "\(heard.map(text))")
            try await second.endInput()
            #expect(try await ended(session).exit.code == 0)
        }
    }

    @Test("waits for who writes, and never for who only watches, who finds the rest in the recording")
    func slow() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            let gate = folder + "/gate"
            try await start("stty raw; while ! [ -e \(gate) ]; do sleep 0.05; done; head -c 5000000 /dev/zero", session)
            let writer = try await join(session)
            let watcher = try await join(session, writes: false)
            _ = FileManager.default.createFile(atPath: gate, contents: nil)
            try await eventually { FileSize.of(SupervisorClient.recordingPath(session)) > 100_000 }
            try await ContinuousClock().sleep(for: .milliseconds(300))
            let size = FileSize.of(SupervisorClient.recordingPath(session))
            #expect(size < 2_000_000, "\(size) bytes were made although nobody took them")
            var heard: [UInt8] = []
            try await hear(writer, &heard)
            #expect(heard.count == 5_000_000)
            var (seen, last) = (0, SessionConnection.News.replaced)
            while let news = try await watcher.next() {
                if case .output(_, let bytes) = news { seen += bytes.count }
                last = news
            }
            #expect(last == .behind && seen < 1_000_000)
            #expect(try await ended(session).recordedBytes == 5_000_000)
        }
    }

    @Test("hears signals whatever waits in its input, which is thrown away where that is asked for")
    func signals() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            let mark = folder + "/mark"
            try await start(
                "trap 'stty sane; read line; echo \"then $line\" > \(mark); exit 6' INT; stty raw -echo; echo up; "
                    + "while :; do sleep 0.05; done", session)
            let connection = try await join(session)
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("up") }
            try await connection.input([UInt8](repeating: 120, count: 900_000))
            try await connection.signal(.interrupt, flush: true)
            while let news = try await connection.next() {
                if case .acknowledged(900_000) = news { break }
            }
            try await connection.input(Array("next\n".utf8))
            #expect(try await ended(session).exit.code == 6)
            #expect(try String(contentsOfFile: mark, encoding: .utf8) == "then next\n")
        }
    }

    @Test("that is not to outlive its caller ends with them, and one that nobody holds goes on")
    func callers() async throws {
        try await withFolder { folder in
            for (name, outlives) in [("a", false), ("b", true)] {
                try await start("echo up; sleep 100", folder + "/" + name, outlives: outlives)
                let connection = try await join(folder + "/" + name)
                var heard: [UInt8] = []
                try await hear(connection, &heard) { $0.contains("up") }
                connection.close()
            }
            let record = try await ended(folder + "/a")
            #expect(record.reason == .cancelled && record.exit.signal == SIGHUP)
            guard case .running = try SupervisorClient.inspect(folder + "/b") else { return #expect(Bool(false)) }
            #expect(try await SupervisorClient.cancel(folder + "/b"))
            #expect(try await ended(folder + "/b").exit.signal == SIGHUP)
        }
    }

    @Test("that goes with its caller is theirs, whoever writes meanwhile, and leaves their background jobs alone")
    func opener() async throws {
        try await withFolder { folder in
            let (session, pids) = (folder + "/s", folder + "/pids")
            let job = "(trap '' HUP; echo $(exec sh -c 'echo $PPID') > \(pids); exec sleep 100) &"
            try await start(
                "\(job) while ! [ -s \(pids) ]; do sleep 0.05; done; echo up; wait", session, outlives: false)
            let opener = try await join(session)
            var heard: [UInt8] = []
            try await hear(opener, &heard) { $0.contains("up") }
            let guest = try await join(session)
            #expect(try await opener.next() == .replaced)
            guest.close()
            try await ContinuousClock().sleep(for: .milliseconds(300))
            guard case .running = try SupervisorClient.inspect(session) else { return #expect(Bool(false)) }
            opener.close()
            #expect(try await ended(session).exit.signal == SIGHUP)
            let pid = try #require(Int32(String(contentsOfFile: pids, encoding: .utf8).dropLast()))
            #expect(kill(pid, 0) == 0)
            kill(pid, SIGKILL)
        }
    }

    @Test("on a raw terminal gets every byte from the first on, and signals that are to be passed on as such")
    func raw() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            let told = ProcessSignal.terminate.relayed
            try await start(
                "trap 'echo told' \(told); echo up; head -c 3 | od -An -tx1; while :; do sleep 0.05; done", session,
                isRaw: true)
            let connection = try await join(session)
            try await connection.input([0x03, 0x0D, 0x1A])
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("03 0d 1a\n") }
            #expect(text(heard) == "up\n 03 0d 1a\n")
            try await connection.signal(.terminate, flush: false, isRelayed: true)
            try await hear(connection, &heard) { $0.contains("told\n") }
            try await connection.signal(.kill, flush: false)
            try await hear(connection, &heard)
            #expect(try await ended(session).exit.signal == SIGKILL)
        }
    }

    @Test("on a raw terminal gets the key for the end of input, for the terminal elsewhere")
    func rawEnd() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("head -c 4 | od -An -tx1", session, isRaw: true)
            let connection = try await join(session)
            try await connection.input([0x61])
            try await connection.endInput()
            try await connection.endInput()
            var heard: [UInt8] = []
            try await hear(connection, &heard)
            // One more where a line was begun.
            #expect(text(heard) == " 61 04 04 04\n")
        }
    }

    @Test("types keys in place of signals where that is asked for, which are no input that is counted")
    func typedKeys() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("trap 'echo stopped; exit 8' INT; echo up; while :; do sleep 0.05; done", session)
            let connection = try await join(session)
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("up") }
            try await connection.signal(.quit, flush: true, typed: 3)
            try await hear(connection, &heard)
            #expect(text(heard).hasSuffix("^Cstopped\r\n"))
            #expect(try await ended(session).exit.code == 8)
        }
    }

    @Test("leaves what its program put into the background alone, and ends it where it is ended by request")
    func background() async throws {
        try await withFolder { folder in
            let pids = folder + "/pids"
            try await start(
                "(trap '' HUP; echo $(exec sh -c 'echo $PPID') > \(pids); exec sleep 100) & sleep 0.3", folder + "/s")
            #expect(try await ended(folder + "/s").exit.code == 0)
            let pid = try #require(Int32(String(contentsOfFile: pids, encoding: .utf8).dropLast()))
            #expect(kill(pid, 0) == 0)
            kill(pid, SIGKILL)
            try await start("(trap '' HUP TERM; sleep 100) & echo up; wait", folder + "/t")
            let connection = try await join(folder + "/t")
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("up") }
            #expect(try await SupervisorClient.cancel(folder + "/t"))
            #expect(try await ended(folder + "/t").left == 0)
        }
    }

    @Test("closes the connection of a caller who talks nonsense, or sends more than may wait")
    func nonsense() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("stty raw -echo; echo up; exec sleep 100", session)
            let connection = try await join(session)
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("up") }
            let sending = Task { try? await connection.input([UInt8](repeating: 120, count: 3 << 20)) }
            while let news = try await connection.next() {
                if case .output = news { continue }
            }
            _ = await sending.value
            guard case .running = try SupervisorClient.inspect(session) else { return #expect(Bool(false)) }
            #expect(try await SupervisorClient.cancel(session))
            _ = try await ended(session)
        }
    }

    @Test("takes any bytes for what they are, from whoever connects, and goes on")
    func bytes() async throws {
        try await withFolder { folder in
            let session = folder + "/s"
            try await start("stty raw -echo; echo up; exec cat", session)
            // Before that a 3 among the bytes is a Ctrl-C.
            let first = try await join(session)
            var greeting: [UInt8] = []
            try await hear(first, &greeting) { $0.contains("up") }
            var random = SeededRandom(seed: 5)
            for round in 0..<300 {
                let connected = try await SupervisorConnection.whileRunning(session) { () throws(SystemError) in
                    try SupervisorConnection.connect(session)
                }
                let socket = try #require(connected)
                var said = round % 3 == 0 ? [] : Array("attach \(round % 7) w \(round % 5)\n".utf8)
                for _ in 0..<Int.random(in: 0...20, using: &random) {
                    let type = [0, 1, 16, 17, 18, 19, 21, UInt8.random(in: 0...255, using: &random)].randomElement(
                        using: &random)
                    let length = UInt8.random(in: 0...12, using: &random)
                    // No signal that would end it.
                    guard let type, type != SessionFrame.signal || round % 2 == 0 else { continue }
                    said += [type, 0, 0, 0, length]
                    said += (0..<length).map { _ in
                        type == SessionFrame.signal ? 28 : UInt8.random(in: 0...255, using: &random)
                    }
                }
                if round % 4 == 0 { said += (0..<50).map { _ in UInt8.random(in: 0...255, using: &random) } }
                _ = write(socket, said, said.count)
                close(socket)
            }
            let connection = try await join(session, from: .max)
            try await connection.input(Array("still here".utf8))
            var heard: [UInt8] = []
            try await hear(connection, &heard) { $0.contains("still here") }
            #expect(try await SupervisorClient.cancel(session))
            _ = try await ended(session)
        }
    }

    @Test("of another user runs as that user, who owns its terminal", .enabled(if: geteuid() == 0))
    func user() async throws {
        let nobody = try #require(Account.named("nobody"))
        try await withFolder { folder in
            for terminal in [Self.size, nil] {
                let session = folder + (terminal == nil ? "/pipes" : "/terminal")
                let script = "id -un; id -G; stat -c %U $(tty 2>/dev/null || echo /); cat /proc/self/status | grep Cap"
                _ = try await supervise(script, session) {
                    $0.session = SessionSpec(terminal: terminal)
                    $0.account = nobody
                    $0.process.workingDirectory = "/"
                }
                #expect(try await ended(session).exit.code == 0)
                let lines = text(try output(session)).split(whereSeparator: \.isNewline).map(String.init)
                #expect(lines[0] == "nobody" && lines[1] == "65534")
                #expect(lines[2] == (terminal == nil ? "root" : "nobody"))
                #expect(lines.contains { $0.hasPrefix("CapEff:") && $0.hasSuffix("0000000000000000") })
            }
            let denied = try await supervise("true", folder + "/denied") {
                $0.account = nobody
                $0.process.workingDirectory = "/root"
            }
            guard case .failed(126, _) = denied else { return #expect(Bool(false), "\(denied)") }
        }
    }
}

/// How long files are.
private enum FileSize {
    static func of(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? 0
    }
}
