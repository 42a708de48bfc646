import FoundationEssentials
import Glibc
import Logging
import TestKit
import Testing

@testable import Daemon

@Suite("The log and the announcements")
struct LogTests {
    private func object(_ line: String) throws -> [String: Value] {
        try JSONDecoder().decode([String: Value].self, from: Data(line.utf8))
    }

    /// Any scalar of a decoded line, as text.
    private struct Value: Decodable, Equatable, ExpressibleByStringLiteral {
        let text: String

        init(stringLiteral text: String) {
            self.text = text
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = "\(flag)"
            } else if let number = try? container.decode(Double.self) {
                text = "\(number)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    @Test("a line has time, level, label and message, then the metadata with its types")
    func line() throws {
        let sink = MemorySink()
        let log = JSONLinesLog(sink: sink, now: { 0 })
        var logger = log.logger(label: "link", level: .debug)
        logger[metadataKey: "node"] = "gpu-1"
        logger.debug("stream opened", metadata: ["id": .stringConvertible(7), "fast": .stringConvertible(true)])
        logger.trace("below the level")
        #expect(
            sink.lines == [
                #"{"ts":"1970-01-01T00:00:00.000Z","level":"debug","label":"link","msg":"stream opened","fast":true,"id":7,"#
                    + #""node":"gpu-1"}"# + "\n"
            ])
    }

    @Test("where every line counts none is held back, however many are alike")
    func unlimited() throws {
        let sink = MemorySink()
        let log = JSONLinesLog(sink: sink, limit: 2, now: { 0 })
        let (limited, audit) = (log.logger(label: "a"), log.logger(label: "a", limitsRepeats: false))
        for _ in 0..<5 {
            limited.info("same")
            audit.info("same")
        }
        #expect(sink.lines.count == 7)
    }

    @Test("nearer metadata wins, and none shadows the fixed keys")
    func metadataOrder() throws {
        let sink = MemorySink()
        var logger = JSONLinesLog(sink: sink).logger(label: "x")
        logger[metadataKey: "a"] = "logger"
        logger.info("said", metadata: ["a": "statement", "msg": "forged"])
        let fields = try object(try #require(sink.lines.first))
        #expect(fields["a"] == "statement")
        #expect(fields["msg"] == "said")
        #expect(fields["meta.msg"] == "forged")
    }

    @Test("no value breaks a line, hides in it or reaches the terminal as a control code")
    func escaping() throws {
        let nasty = "a\"b\\c\nd\u{1b}[31m\u{0}\u{7f}\u{9b}\u{2028}é😀" + String(decoding: [0xff, 0xfe], as: UTF8.self)
        let sink = MemorySink()
        MachineLine(sink: sink).announce("x", ["v": .string(nasty), nasty: .null])
        let line = try #require(sink.lines.first)
        #expect(line.unicodeScalars.dropLast().allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
        let decoded = try JSONDecoder().decode([String: String?].self, from: Data(line.utf8))
        #expect(decoded["v"] == nasty)
    }

    @Test("every byte value survives as text")
    func everyByte() throws {
        for byte in UInt8.min...UInt8.max {
            var line = JSONLine()
            let text = String(decoding: [byte], as: UTF8.self)
            line.add("v", .string(text))
            #expect(try JSONDecoder().decode([String: String].self, from: Data(line.finish()))["v"] == text)
        }
    }

    @Test("nested and odd values stay JSON")
    func nested() throws {
        let sink = MemorySink()
        MachineLine(sink: sink).announce(
            "x",
            [
                "o": .object(["b": .array([1, .number(2.5)]), "a": .null]), "n": .number(.nan),
                "big": .init(UInt64.max),
            ])
        #expect(
            sink.lines == [#"{"msg":"x","o":{"a":null,"b":[1,2.5]},"n":"nan","big":9223372036854775807}"# + "\n"])
    }

    @Test("repeats beyond the limit are held back and counted later")
    func repeats() throws {
        let (sink, clock) = (MemorySink(), HandClock())
        let log = JSONLinesLog(sink: sink, limit: 3, window: .seconds(10), now: clock.now)
        let logger = log.logger(label: "link")
        for _ in 0..<8 { logger.warning("refused") }
        logger.warning("other")
        logger.error("refused")
        #expect(sink.lines.count == 5)
        clock.advance(seconds: 11)
        logger.warning("refused")
        #expect(sink.lines.count == 7)
        let summary = try object(sink.lines[5])
        #expect(summary["msg"] == "repeated")
        #expect(summary["of"] == "refused")
        #expect(summary["times"] == "5.0")
        #expect(summary["level"] == "warning")
    }

    @Test("what is held back at the end is told by flush")
    func flush() {
        let sink = MemorySink()
        let log = JSONLinesLog(sink: sink, limit: 1)
        for _ in 0..<3 { log.logger(label: "a").info("again") }
        log.flush()
        log.flush()
        #expect(sink.lines.count == 2)
        #expect(sink.lines.last?.contains(#""times":2"#) == true)
    }

    @Test("many different lines do not make the limiter grow, and none is lost")
    func limiterIsBounded() {
        var limiter = RepeatLimiter<Int>(limit: 1, window: .seconds(10), capacity: 4)
        for key in 0..<100 { #expect(limiter.admit(key, at: 0).isAdmitted) }
        #expect(limiter.admit(99, at: 0).isAdmitted)
        #expect(!limiter.admit(0, at: 1).isAdmitted)
    }

    @Test("a clock set back opens a new window")
    func clockBackwards() {
        var limiter = RepeatLimiter<Int>(limit: 1, window: .seconds(10))
        #expect(limiter.admit(1, at: 1_000_000).isAdmitted)
        #expect(!limiter.admit(1, at: 1_000_001).isAdmitted)
        #expect(limiter.admit(1, at: 5).isAdmitted)
    }

    @Test("the file rotates at its limit, keeps what it shall, 0600, and splits no line")
    func rotation() async throws {
        try await withFolder { folder in
            let file = try RotatingFile(path: folder + "/log", limit: 25, keep: 2)
            for index in 0..<10 { #expect(file.write(Array("line-\(index)-xxx\n".utf8))) }
            #expect(names(in: folder) == ["log", "log.1", "log.2"])
            #expect(try text(folder + "/log") == "line-8-xxx\nline-9-xxx\n")
            #expect(try text(folder + "/log.1") == "line-6-xxx\nline-7-xxx\n")
            #expect(mode(of: folder + "/log.1") == 0o600)
        }
    }

    @Test("a log is appended to after a restart")
    func appends() async throws {
        try await withFolder { folder in
            try RotatingFile(path: folder + "/log").write(Array("one\n".utf8))
            try RotatingFile(path: folder + "/log").write(Array("two\n".utf8))
            #expect(try text(folder + "/log") == "one\ntwo\n")
        }
    }

    @Test("a reader that stopped reading costs lines, not the program, and learns how many")
    func stalledReader() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer {
            close(ends[0])
            close(ends[1])
        }
        let sink = DescriptorSink(descriptor: ends[1], patience: 1)
        let line = Array(repeating: UInt8(ascii: "x"), count: 9000) + [UInt8(ascii: "\n")]
        var taken = 0
        while sink.write(line) { taken += 1 }
        #expect(taken >= 1)
        #expect(!sink.write(line))

        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        var seen: [UInt8] = []
        func readAll() {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(ends[0], &buffer, buffer.count), count > 0 { seen += buffer[..<count] }
        }
        readAll()
        #expect(sink.write(Array("after\n".utf8)))
        readAll()
        let lines = String(decoding: seen, as: UTF8.self).split(separator: "\n")
        #expect(lines.suffix(2) == [#"{"msg":"lines_dropped","count":2}"#, "after"])
    }

    @Test("a closed stdout is no error and raises no signal")
    func closedReader() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let announcer = MachineLine(sink: DescriptorSink(descriptor: ends[1], patience: 1))
        #expect(!announcer.announce("hub_started"))
        #expect(!announcer.announce("hub_status"))
    }
}
