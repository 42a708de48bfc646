import NIOCore

@testable import Archive

/// Archives that another machine sends: as they are, and with the sum of each header put right, or hardly any would be
/// looked into.
enum TarTarget {
    static let target = FuzzTarget(
        name: "tar", largest: 20_000,
        words: [
            "ustar\0", "00", "0000644\0", "00000000010\0", "5", "2", "x", "g", "L", "K", "path=", "linkpath=", "size=",
            "mtime=-1.5", "GNU.sparse.", "../", "././@LongLink",
        ], seeds: { [archive] }, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        look(bytes)
        look(sealed(bytes))
        if let records = PaxRecords(bytes) {
            let again = PaxRecords(records.encoded)?.values.map { [Array($0.key.utf8), $0.value] }
            must(
                again == records.values.map { [Array($0.key.utf8), $0.value] }, "records are read as they are written")
        }
    }

    private static func look(_ bytes: [UInt8]) {
        let decoded = decodedAnyway(bytes, events)
        let content = decoded.values.reduce(0) { $0 + $1.content.count }
        must(content <= bytes.count, "no byte of a content is made up")
        for event in decoded.values {
            must(event.content.count <= event.entry.size, "no file is longer than it says")
            check(event.entry)
        }
    }

    private static func check(_ entry: ArchiveEntry) {
        must(entry.size >= 0 && entry.mode <= 0o7777, "sizes and modes are in range")
        guard !entry.path.isEmpty, !(entry.path + entry.target).contains(0), entry.path.last != UInt8(ascii: "/") else {
            return
        }
        var decoder = TarDecoder()
        decoder.feed(ByteBuffer(bytes: Tar.header(entry)))
        guard case .entry(let again)? = try? decoder.next() else { return must(false, "\(entry) is read again") }
        must(again == entry, "\(entry) is read as it was written: \(again)")
    }

    private struct Event: Equatable {
        var entry: ArchiveEntry
        var content: [UInt8] = []
    }

    private static func events(_ portions: [ByteBuffer]) -> Decoded<Event, ArchiveError> {
        var decoder = TarDecoder()
        var decoded = Decoded<Event, ArchiveError>()
        do throws(ArchiveError) {
            for portion in portions {
                decoder.feed(portion)
                while let event = try decoder.next() {
                    switch event {
                    case .entry(let entry): decoded.values.append(Event(entry: entry))
                    case .content(let piece):
                        decoded.values[decoded.values.count - 1].content += piece.readableBytesView
                    }
                }
            }
            try decoder.finish()
        } catch {
            decoded.failure = error
        }
        return decoded
    }

    /// With the right sum in each block.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512) {
            let digits = Array(String(Tar.checksum(bytes[start..<start + 512]), radix: 8).utf8)
            let field = [UInt8](repeating: 0x30, count: 6 - digits.count) + digits + [0, 0x20]
            bytes.replaceSubrange(start + 148..<start + 156, with: field)
        }
        return bytes
    }

    private static let archive: [UInt8] = {
        let entries = [
            ArchiveEntry(path: Array("a".utf8), kind: .folder, mode: 0o755, modified: 1_500_000_000),
            ArchiveEntry(path: Array("a/b".utf8), kind: .file, mode: 0o644, size: 5, modified: 7_000_000_000),
            ArchiveEntry(path: Array(repeating: 0x61, count: 130), kind: .file, mode: 0o600, size: 0, modified: -5),
            ArchiveEntry(path: Array("l".utf8), kind: .link, mode: 0o777, target: Array("a/b".utf8)),
        ]
        return entries.flatMap { entry in
            Tar.header(entry) + (entry.size > 0 ? Array("hello".utf8) + [UInt8](repeating: 0, count: 507) : [])
        } + Tar.end
    }()
}
