@testable import Processes

/// A recording as a disk may give it back, and one that is written. The bytes are tried as they are, and with the check
/// sum of each record put right, which no mutator finds.
enum RecordingTarget {
    static let target = FuzzTarget(name: "recording", largest: 80_000, seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        read(bytes)
        read(Self.withSums(bytes))
        write(bytes)
    }

    private static func read(_ bytes: [UInt8]) {
        let records = parsed(bytes)
        let file = MemoryFile()
        file.replace(with: bytes)
        guard let reader = try? RecordingReader(path: file.path) else { return must(false, "the file can be opened") }
        must(all(of: reader) == records, "the reader finds the records")
        must(reader.position.file <= UInt64(bytes.count), "the position lies in the file")
        // Written while it is read: the first half is read before there is a second one.
        let growing = MemoryFile()
        growing.replace(with: Array(bytes.prefix(bytes.count / 2)))
        guard let follower = try? RecordingReader(path: growing.path) else { return must(false, "it can be opened") }
        let early = all(of: follower)
        growing.replace(with: bytes)
        must(early + all(of: follower) == records, "a reader of a growing file finds the same")
        for place in Set([0, 1, .max] + records.prefix(3).flatMap { [$0.offset, $0.offset &+ 1, $0.end] }) {
            reader.seek(toOffset: place)
            for record in all(of: reader) {
                must(record.offset >= place || record.end > place, "\(record.offset) is not before \(place)")
                must(record.kind == .gap || record.end - record.offset == UInt64(record.bytes.count), "offsets count")
            }
        }
    }

    /// The records up to the first that is none.
    private static func parsed(_ bytes: [UInt8]) -> [Record] {
        var records: [Record] = []
        bytes.withUnsafeBytes { all in
            var place = 0
            while case .record(let record, let length) = RecordCoding.parse(
                UnsafeRawBufferPointer(rebasing: all[place...]))
            {
                must(length > 0 && record.end >= record.offset, "a record has a length")
                must(record.bytes.count <= Record.largestPayload, "a record is within its bound")
                records.append(record)
                place += length
            }
        }
        return records
    }

    private static func all(of reader: RecordingReader) -> [Record] {
        var records: [Record] = []
        do throws(SystemError) {
            while let record = try reader.next() { records.append(record) }
        } catch {
            must(false, "a file in memory can be read: \(error)")
        }
        return records
    }

    /// The same with each record's sum as it should be, as far as lengths lead.
    private static func withSums(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.withUnsafeMutableBytes { all in
            var place = 0
            while place + Record.headLength <= all.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: all[place...])
                let payload = Int(RecordCoding.load(UInt32.self, UnsafeRawBufferPointer(rest), at: 17))
                guard payload <= Record.largestPayload, let kind = Record.Kind(rawValue: rest[16]),
                    rest.count >= Record.headLength + payload + Record.tailLength
                else { return }
                let offset = RecordCoding.load(UInt64.self, UnsafeRawBufferPointer(rest), at: 0)
                place += RecordCoding.frame(rest, offset: offset, time: 1, kind: kind, payload: payload)
            }
        }
        return bytes
    }

    /// The input as a program's output, in portions drawn from it.
    private static func write(_ bytes: [UInt8]) {
        var chance = Chance(bytes)
        let limit = chance.below(2) == 0 ? UInt64(bytes.count) : UInt64(chance.below(bytes.count + 1))
        let file = MemoryFile()
        var writer = RecordingWriter(fd: file.duplicate(), limit: limit)
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(1 + chance.below(Record.largestPayload))
            writer.payload.copyBytes(from: part)
            writer.append(chance.below(2) == 0 ? .stdout : .stderr, count: part.count, time: 1)
            rest = rest.dropFirst(part.count)
        }
        writer.finish(time: 2)
        guard let reader = try? RecordingReader(path: file.path) else { return must(false, "it can be opened") }
        let found = all(of: reader).flatMap(\.bytes)
        must(found == Array(bytes.prefix(Int(min(limit, UInt64(bytes.count))))), "what was written is read")
        must(writer.outputBytes == bytes.count && writer.recordedBytes == found.count, "all was counted")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        var records = [
            Record(offset: 0, time: 1, kind: .stdout, bytes: Array("hello\n".utf8)),
            Record(offset: 6, time: 2, kind: .stderr, bytes: Array("trouble\n".utf8)),
            Record(offset: 14, time: 3, kind: .gap, bytes: [], end: 100),
            Record(offset: 100, time: 4, kind: .stdout, bytes: []),
        ]
        let few = records.flatMap(coded)
        records = [Record(offset: .max - 3, time: .max, kind: .stdout, bytes: [1, 2, 3], end: .max)]
        let last = records.flatMap(coded)
        let large = coded(Record(offset: 0, time: 0, kind: .stdout, bytes: [UInt8](repeating: 9, count: 65_536)))
        return [few, Array(few.dropLast(3)), few + [0], last, large, few + few]
    }

    private static func coded(_ record: Record) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Record.headLength + max(record.bytes.count, 8) + Record.tailLength)
        let length = bytes.withUnsafeMutableBytes { all in
            UnsafeMutableRawBufferPointer(rebasing: all[Record.headLength...]).copyBytes(from: record.bytes)
            if record.kind == .gap { RecordCoding.store(record.end, all, at: Record.headLength) }
            return RecordCoding.frame(
                all, offset: record.offset, time: record.time, kind: record.kind,
                payload: record.kind == .gap ? 8 : record.bytes.count)
        }
        return Array(bytes.prefix(length))
    }
}
