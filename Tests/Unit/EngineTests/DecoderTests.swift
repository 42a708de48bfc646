import NIOCore
import TestKit
import Testing

@testable import Engine

/// A frame of an output as engines write it.
func frame(_ kind: UInt8, _ bytes: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    return [kind, 0, 0, 0] + withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
}

func frame(_ kind: UInt8, _ text: String) -> [UInt8] { frame(kind, text.utf8) }

@Suite("Outputs taken apart")
struct MultiplexDecoderTests {
    /// All that comes out when the bytes come in pieces of this size.
    private func decode(_ bytes: [UInt8], by size: Int) throws -> [EngineOutput: [UInt8]] {
        var decoder = MultiplexDecoder()
        var out: [EngineOutput: [UInt8]] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            decoder.append(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let piece = try decoder.next() { out[piece.output, default: []] += piece.bytes.readableBytesView }
        }
        try decoder.finish()
        return out
    }

    @Test("is exact wherever the reads cut", arguments: [1, 2, 3, 7, 8, 9, 64, 4096])
    func cuts(size: Int) throws {
        let binary = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let bytes = frame(1, "one\n") + frame(2, binary) + frame(1, "") + frame(1, "two") + frame(2, "!")
        let out = try decode(bytes, by: size)
        #expect(out[.stdout] == Array("one\ntwo".utf8))
        #expect(out[.stderr] == binary + Array("!".utf8))
    }

    @Test("tells the end of each frame, of an empty one too")
    func ends() throws {
        var decoder = MultiplexDecoder()
        decoder.append(ByteBuffer(bytes: frame(1, "ab") + frame(2, "")))
        #expect(try decoder.next()?.isLast == true)
        let empty = try decoder.next()
        #expect(empty?.isLast == true && empty?.bytes.readableBytes == 0)
        #expect(try decoder.next() == nil)
    }

    @Test("refuses what is no frame, and an end inside one")
    func malformed() throws {
        for header: [UInt8] in [[9, 0, 0, 0, 0, 0, 0, 1], [1, 0, 1, 0, 0, 0, 0, 1], Array("HTTP/1.1".utf8)] {
            var decoder = MultiplexDecoder()
            decoder.append(ByteBuffer(bytes: header))
            #expect(throws: EngineError.self) { try decoder.next() }
        }
        for length in [3, 8, 9] {
            var decoder = MultiplexDecoder()
            decoder.append(ByteBuffer(bytes: frame(1, "abc").prefix(length)))
            while try decoder.next() != nil {}
            #expect(throws: EngineError.self) { try decoder.finish() }
        }
    }

    @Test("never traps, whatever comes")
    func anything() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2_000 {
            var decoder = MultiplexDecoder()
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let length = Int.random(in: 0...40, using: &random)
                decoder.append(ByteBuffer(bytes: (0..<length).map { _ in UInt8.random(in: 0...3, using: &random) }))
                while let piece = try? decoder.next(), piece.bytes.readableBytes > 0 {}
            }
            try? decoder.finish()
        }
    }
}

@Suite("Lines")
struct LineDecoderTests {
    private func lines(_ text: String, by size: Int, limit: Int) -> [String] {
        var decoder = LineDecoder(limit: limit)
        var out: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            decoder.append(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let line = decoder.next() { out.append(String(buffer: line.bytes) + (line.isPartial ? "…" : "")) }
        }
        if let last = decoder.finish() { out.append(String(buffer: last.bytes) + "…") }
        return out
    }

    @Test("are found wherever the reads cut", arguments: [1, 2, 3, 5, 100])
    func cuts(size: Int) {
        #expect(lines("one\n\nthree\r\nrest", by: size, limit: 100) == ["one", "", "three\r", "rest…"])
    }

    @Test("that are too long come in parts", arguments: [1, 3, 100])
    func long(size: Int) {
        #expect(lines("abcdefgh\nabcd\n", by: size, limit: 4) == ["abcd…", "efgh", "abcd"])
    }
}

@Suite("Logs")
struct LogDecoderTests {
    private func entries(_ bytes: [UInt8], isFramed: Bool = true, by size: Int = 5) throws -> [LogEntry] {
        var decoder = LogDecoder(isFramed: isFramed)
        var out: [LogEntry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try decoder.append(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let entry = decoder.next() { out.append(entry) }
        }
        try decoder.finish()
        while let entry = decoder.next() { out.append(entry) }
        return out
    }

    @Test("have a time, an output and whether the line goes on", arguments: [1, 9, 1000])
    func framed(size: Int) throws {
        let entries = try entries(
            frame(1, "2026-11-21T18:10:34.773807469Z line1\n") + frame(2, "2026-11-21T18:10:34.8Z part")
                + frame(2, "2026-11-21T18:10:34.9+01:00 \n"), by: size)
        #expect(entries.map(\.output) == [.stdout, .stderr, .stderr])
        #expect(
            entries.map(\.timestamp) == [
                "2026-11-21T18:10:34.773807469Z", "2026-11-21T18:10:34.8Z", "2026-11-21T18:10:34.9+01:00",
            ])
        #expect(entries.map { String(buffer: $0.bytes) } == ["line1", "part", ""])
        #expect(entries.map(\.isPartial) == [false, true, false])
    }

    @Test("are told without a time where none stands")
    func withoutTime() throws {
        let entries = try entries(frame(2, "Error grabbing logs: no such file and more words\n"))
        #expect(entries.map(\.timestamp) == [nil])
        #expect(entries.map { String(buffer: $0.bytes) } == ["Error grabbing logs: no such file and more words"])
    }

    @Test("keep every byte of what is no text")
    func binary() throws {
        let bytes = (0...255).map { UInt8($0) }.filter { $0 != 10 }
        let entries = try entries(frame(1, Array("2026-11-21T18:10:34.773807469Z ".utf8) + bytes + [10]))
        #expect(entries.map { Array($0.bytes.readableBytesView) } == [bytes])
    }

    @Test("of a terminal are lines as they are")
    func terminal() throws {
        let entries = try entries(Array("one\r\ntwo".utf8), isFramed: false)
        #expect(entries.map { String(buffer: $0.bytes) } == ["one\r", "two"])
        #expect(entries.map(\.isPartial) == [false, true])
    }
}

@Suite("Lines whose end the log has lost")
struct PartialLinesTests {
    private func entry(_ output: EngineOutput, _ time: String, _ text: String, isPartial: Bool) -> LogEntry {
        LogEntry(output: output, timestamp: time, bytes: ByteBuffer(string: text), isPartial: isPartial)
    }

    @Test("end where an entry of another time follows on their output, and nowhere else")
    func ends() {
        var lines = PartialLines()
        let entries = [
            entry(.stdout, "1", "a", isPartial: true), entry(.stderr, "2", "E", isPartial: false),
            entry(.stdout, "1", "b", isPartial: true), entry(.stdout, "3", "c", isPartial: false),
            entry(.stdout, "4", "d", isPartial: true),
        ]
        let told = entries.flatMap { lines.take($0) } + lines.finish()
        #expect(told.map { String(buffer: $0.bytes) } == ["E", "a", "b", "c", "d"])
        #expect(told.map(\.isPartial) == [false, true, false, false, true])
        #expect(lines.finish().isEmpty)
    }
}
