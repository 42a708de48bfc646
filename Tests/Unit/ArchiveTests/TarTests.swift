import NIOCore
import Testing

@testable import Archive

@Suite("The tar format")
struct TarTests {
    static let entries: [ArchiveEntry] = [
        ArchiveEntry(path: bytes("a"), kind: .file, mode: 0o644, size: 3, modified: 1_700_000_000_000_000_000),
        ArchiveEntry(path: bytes("a/b c"), kind: .file, mode: 0o4755, size: 0, modified: 1_700_000_000_123_456_789),
        ArchiveEntry(path: bytes("dir"), kind: .folder, mode: 0o1777, modified: 0),
        ArchiveEntry(path: bytes("l"), kind: .link, mode: 0o777, modified: 1, target: bytes("../elsewhere")),
        ArchiveEntry(path: Array(repeating: 0x61, count: 300), kind: .file, mode: 0o600, size: 9 << 30),
        ArchiveEntry(path: bytes("ö/日本"), kind: .file, mode: 0o600, modified: -1),
        ArchiveEntry(path: [0x61, 0xFF], kind: .file, mode: 0o600, modified: -1_500_000_000),
        ArchiveEntry(path: [0xFF] + Array(repeating: 0x62, count: 120), kind: .folder, mode: 0o700),
        ArchiveEntry(
            path: bytes("m"), kind: .link, mode: 0o777, modified: -2_000_000_000,
            target: Array(repeating: 0x2E, count: 101)),
        ArchiveEntry(path: Array(repeating: 0x61, count: 100), kind: .file, mode: 0o600, size: 1 << 33),
        ArchiveEntry(path: Array(repeating: 0x61, count: 99), kind: .folder, mode: 0o600),
    ]

    @Test("an entry is read as it was written", arguments: entries)
    func roundTrip(_ entry: ArchiveEntry) throws {
        let header = Tar.header(entry)
        #expect(header.count % 512 == 0)
        for portion in [1, 7, 511, 512, 513, 5_000] {
            var decoder = TarDecoder()
            let read = try events(&decoder, header, portion).first
            guard case .entry(let found) = read else {
                Issue.record("\(String(describing: read))")
                continue
            }
            #expect(found == entry)
            #expect(decoder.offset == Int64(header.count))
        }
    }

    @Test("content comes as it was, in whatever portions, and what follows the end mark is not looked at")
    func content() throws {
        let contents: [[UInt8]] = [[], [1], Array(repeating: 2, count: 512), Array(repeating: 3, count: 1_300)]
        var archive: [UInt8] = []
        for (number, content) in contents.enumerated() {
            archive += Tar.header(
                ArchiveEntry(
                    path: bytes("f\(number)"), kind: .file, mode: 0o600, size: Int64(content.count), modified: 5))
            archive += content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        archive += Tar.end + bytes("and noise")
        for portion in [1, 100, 512, 4_096] {
            var decoder = TarDecoder()
            var found: [[UInt8]] = []
            for event in try events(&decoder, archive, portion) {
                switch event {
                case .entry: found.append([])
                case .content(let piece): found[found.count - 1] += piece.readableBytesView
                }
            }
            try decoder.finish()
            #expect(found == contents)
        }
    }

    @Test("an archive can be read from within a file on")
    func within() throws {
        let entry = ArchiveEntry(path: bytes("f"), kind: .file, mode: 0o600, size: 600, modified: 0)
        let next = ArchiveEntry(path: bytes("g"), kind: .folder, mode: 0o700, modified: 0)
        let archive =
            Tar.header(entry) + (0..<600).map { UInt8($0 % 251) } + [UInt8](repeating: 0, count: 424)
            + Tar.header(next) + Tar.end
        let start = Tar.header(entry).count + 100
        var decoder = TarDecoder(at: Int64(start), within: (entry, done: 100))
        let found = try events(&decoder, Array(archive[start...]), 64)
        let content = found.flatMap { event -> [UInt8] in
            if case .content(let piece) = event { Array(piece.readableBytesView) } else { [] }
        }
        #expect(content == (100..<600).map { UInt8($0 % 251) })
        guard case .entry(let last) = found.last else { return #expect(Bool(false)) }
        #expect(last == next && decoder.isOver && decoder.offset == Int64(archive.count))
    }

    @Test("what is no archive, or one with what is not taken, is refused with words")
    func refused() throws {
        func refusal(_ archive: [UInt8]) -> String? {
            var decoder = TarDecoder()
            do {
                _ = try events(&decoder, archive, 512)
                try decoder.finish()
                return nil
            } catch { return "\(error)" }
        }
        let file = Tar.header(ArchiveEntry(path: bytes("f"), kind: .file, mode: 0o600, size: 10, modified: 0))
        func changed(_ place: Int, _ value: UInt8) -> [UInt8] {
            var header = file
            header[place] = value
            let sum = String(Tar.checksum(header), radix: 8)
            for (place, digit) in zip(148..<155, (String(repeating: "0", count: 7 - sum.count) + sum).utf8) {
                header[place] = digit
            }
            return header
        }
        #expect(refusal(bytes(String(repeating: "no archive ", count: 100)))?.contains("damaged") == true)
        #expect(refusal(file + [1, 2, 3])?.contains("ends after") == true)
        #expect(refusal([])?.contains("ends after") == true)
        #expect(refusal(changed(Tar.Field.type, UInt8(ascii: "1")))?.contains("hard link") == true)
        #expect(refusal(changed(Tar.Field.type, UInt8(ascii: "3")))?.contains("no file") == true)
        #expect(refusal(changed(Tar.Field.type, UInt8(ascii: "5")))?.contains("has content") == true)
        #expect(refusal(changed(124, UInt8(ascii: "x")))?.contains("no size") == true)
        for record in ["size=9223372036854775807", "size=-1", "size=x"] {
            #expect(refusal(extended(record) + file)?.contains("size") == true, "\(record)")
        }
        for record in ["mtime=-9223372036854775808", "mtime=99999999999999999999.5", "mtime=-0.5", "mtime="] {
            #expect(refusal(extended(record) + file + [UInt8](repeating: 0, count: 512) + Tar.end) == nil, "\(record)")
        }
        #expect(refusal(extended("GNU.sparse.major=1") + file)?.contains("holes") == true)
        var large = changed(Tar.Field.type, UInt8(ascii: "x"))
        for (place, digit) in zip(Tar.Field.size, "77777777777".utf8) { large[place] = digit }
        let sum = String(Tar.checksum(large), radix: 8)
        for (place, digit) in zip(148..<155, (String(repeating: "0", count: 7 - sum.count) + sum).utf8) {
            large[place] = digit
        }
        #expect(refusal(large)?.contains("extended header") == true)
    }
}

/// An extended header with one record.
private func extended(_ record: String) -> [UInt8] {
    var records = PaxRecords()
    let parts = record.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    records.set(String(parts[0]), bytes(String(parts[1])))
    let content = records.encoded
    var header = Tar.header(
        ArchiveEntry(path: bytes("x"), kind: .file, mode: 0o600, size: Int64(content.count), modified: 0))
    header[Tar.Field.type] = UInt8(ascii: "x")
    let sum = Array(String(Tar.checksum(header), radix: 8).utf8)
    header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x30, count: 6 - sum.count) + sum + [0, 0x20])
    return header + content + [UInt8](repeating: 0, count: 512 - content.count)
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Everything that a decoder tells of bytes that come in portions.
func events(_ decoder: inout TarDecoder, _ bytes: [UInt8], _ portion: Int) throws -> [TarDecoder.Event] {
    var events: [TarDecoder.Event] = []
    for start in stride(from: 0, to: bytes.count, by: portion) {
        decoder.feed(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + portion)]))
        while let event = try decoder.next() { events.append(event) }
    }
    return events
}
