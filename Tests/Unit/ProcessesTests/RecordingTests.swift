import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("A recording", .timeLimit(.minutes(2)))
struct RecordingTests {
    /// Writes a recording as the supervisor does and returns what it should hold.
    private func write(
        _ path: String, _ chunks: [(Record.Kind, [UInt8])], limit: UInt64 = .max
    ) -> [Record] {
        var writer = RecordingWriter(fd: open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600), limit: limit)
        var expected: [Record] = []
        var offset: UInt64 = 0
        for (index, (kind, bytes)) in chunks.enumerated() {
            bytes.withUnsafeBytes { writer.payload.copyMemory(from: $0) }
            writer.append(kind, count: bytes.count, time: UInt64(index))
            let kept = Array(bytes.prefix(Int(min(UInt64(bytes.count), limit - min(limit, offset)))))
            if !kept.isEmpty {
                expected.append(Record(offset: offset, time: UInt64(index), kind: kind, bytes: kept))
            }
            offset += UInt64(bytes.count)
        }
        writer.finish(time: 0)
        return expected
    }

    private func randomChunks(_ count: Int, largest: Int) -> [(Record.Kind, [UInt8])] {
        (0..<count).map { _ in
            let size = Int.random(in: 1...Int.random(in: 1...largest))
            return (Bool.random() ? .stdout : .stderr, (0..<size).map { _ in UInt8.random(in: 0...255) })
        }
    }

    @Test("is found from its end: the newest records first, as many as lie there")
    func tail() async throws {
        try await withFolder { folder in
            for round in 0..<30 {
                let path = folder + "/\(round)"
                let chunks = randomChunks(Int.random(in: 0...60), largest: round < 20 ? 300 : 65_536)
                let expected = write(path, chunks)
                let found = try RecordingTail.records(of: path)
                let isSame = found == Array(expected.suffix(found.count).reversed())
                #expect(isSame)
                let bytes = found.reduce(0) { $0 + $1.bytes.count + 25 }
                #expect(found.count == expected.count || bytes > (1 << 18) - 65_561)
                let file = try FileHandle(forWritingTo: URL(filePath: path))
                try file.seekToEnd()
                try file.write(contentsOf: Data([1, 2, 3]))
                #expect(try RecordingTail.records(of: path).isEmpty)
            }
            #expect(throws: SystemError.self) { try RecordingTail.records(of: folder + "/none") }
        }
    }

    @Test("gives back what was written, for any chunks, from any offset, and goes on from any position")
    func property() async throws {
        try await withFolder { folder in
            for round in 0..<30 {
                let path = folder + "/\(round)"
                let expected = write(path, randomChunks(Int.random(in: 0...60), largest: round < 25 ? 300 : 65_536))
                #expect(try records(path) == expected)
                let reader = try RecordingReader(path: path)
                let total = expected.last?.end ?? 0
                for _ in 0..<10 {
                    let offset = UInt64.random(in: 0...total)
                    reader.seek(toOffset: offset)
                    let record = try reader.next()
                    #expect(record?.offset == (offset == total ? nil : offset))
                    let source = expected.first { $0.offset <= offset && offset < $0.end }
                    #expect(record?.bytes == source.map { Array($0.bytes.dropFirst(Int(offset - $0.offset))) })
                    let again = try RecordingReader(path: path, from: reader.position)
                    #expect(try again.next() == expected.first { $0.offset >= reader.position.offset })
                }
            }
        }
    }

    @Test("ends before a torn tail, wherever it is torn, and goes on when the rest comes")
    func torn() async throws {
        try await withFolder { folder in
            let expected = write(folder + "/whole", randomChunks(5, largest: 40))
            let whole = try Data(contentsOf: URL(filePath: folder + "/whole"))
            for length in 0...whole.count {
                try whole.prefix(length).write(to: URL(filePath: folder + "/torn"))
                let reader = try RecordingReader(path: folder + "/torn")
                var found: [Record] = []
                while let record = try reader.next() { found.append(record) }
                #expect(found == Array(expected.prefix(found.count)))
                let handle = try FileHandle(forWritingTo: URL(filePath: folder + "/torn"))
                try handle.seekToEnd()
                try handle.write(contentsOf: whole.dropFirst(length))
                try handle.close()
                while let record = try reader.next() { found.append(record) }
                #expect(found == expected)
            }
        }
    }

    @Test("never returns a damaged record and never traps, whatever the bytes are")
    func damaged() async throws {
        try await withFolder { folder in
            let expected = write(folder + "/whole", randomChunks(8, largest: 60))
            let whole = try Data(contentsOf: URL(filePath: folder + "/whole"))
            for _ in 0..<400 {
                var bytes = whole
                let place = Int.random(in: 0..<bytes.count)
                bytes[place] ^= UInt8.random(in: 1...255)
                try bytes.write(to: URL(filePath: folder + "/bad"))
                let found = try records(folder + "/bad")
                #expect(found.count < expected.count && found == Array(expected.prefix(found.count)))
                try Data((0..<Int.random(in: 0...400)).map { _ in UInt8.random(in: 0...255) })
                    .write(to: URL(filePath: folder + "/noise"))
                #expect(try records(folder + "/noise").isEmpty)
            }
        }
    }

    @Test("stops at its limit to the byte, and counts on", arguments: [0, 1, 100, 1000])
    func limit(_ limit: UInt64) async throws {
        try await withFolder { folder in
            let expected = write(folder + "/r", randomChunks(60, largest: 50), limit: limit)
            let found = try records(folder + "/r")
            #expect(found == expected)
            #expect(expected.reduce(0) { $0 + $1.bytes.count } <= Int(limit))
        }
    }

    @Test("of output that comes byte by byte takes no more of the disk than its limit and little besides")
    func framedLimit() async throws {
        try await withFolder { folder in
            let limit: UInt64 = 100_000
            let expected = write(
                folder + "/r", [(Record.Kind, [UInt8])](repeating: (.stdout, [7]), count: 50_000), limit: limit)
            let found = try records(folder + "/r")
            let size = try Data(contentsOf: URL(filePath: folder + "/r")).count
            #expect(size <= Int(limit + limit / 16) + 65_536 && size > Int(limit))
            #expect(found == Array(expected.prefix(found.count)) && found.count < expected.count)
        }
    }

    @Test("of a program has the limit of its spec, and the program goes on")
    func programLimit() async throws {
        try await withFolder { folder in
            _ = try await supervise("head -c 3000000 /dev/zero; exit 4", folder + "/s") { $0.logLimitBytes = 100_000 }
            let record = try await ended(folder + "/s")
            #expect(record.truncated && record.exit.code == 4)
            #expect(record.outputBytes == 3_000_000 && record.recordedBytes == 100_000)
            #expect(try output(folder + "/s").count == 100_000)
        }
    }

    @Test("on a full disk has a gap, and neither the program nor its end is lost")
    func fullDisk() async throws {
        try await withFolder { folder in
            Leftovers.sweepMounts()
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
            guard mount("tmpfs", disk, "tmpfs", 0, "size=512k,nr_inodes=64") == 0 else {
                // Only root may mount; elsewhere the gap is tested by a limit on the size of files alone.
                return
            }
            defer { umount2(disk, Int32(MNT_DETACH)) }
            _ = try await supervise(
                """
                echo first
                while [ ! -e \(folder)/full ]; do sleep 0.02; done
                head -c 2000000 /dev/zero
                : > \(folder)/written
                while [ ! -e \(folder)/free ]; do sleep 0.02; done
                echo last
                exit 5
                """, disk + "/s")
            try await eventually { try !output(disk + "/s").isEmpty }
            // Half of what is left goes to a file that can be removed later.
            try Data(count: 300_000).write(to: URL(filePath: disk + "/ballast"))
            try Data().write(to: URL(filePath: folder + "/full"))
            try await eventually { FileManager.default.fileExists(atPath: folder + "/written") }
            try FileManager.default.removeItem(atPath: disk + "/ballast")
            try Data().write(to: URL(filePath: folder + "/free"))
            let record = try await ended(disk + "/s")
            #expect(record.exit.code == 5 && record.gapBytes > 1_000_000 && record.outputBytes == 2_000_011)
            #expect(record.recordedBytes + record.gapBytes == record.outputBytes)
            let all = try records(disk + "/s/recording")
            let gaps = all.filter { $0.kind == .gap }
            #expect(gaps.reduce(0) { $0 + ($1.end - $1.offset) } == record.gapBytes)
            // A reader that was late finds it behind the rest of the zeros.
            let last = text(all.last?.bytes ?? [])
            #expect(last.hasSuffix("last\n"))
            // No offset is missing and none is there twice.
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.end == $1.offset } && all.first?.offset == 0)
        }
    }
}
