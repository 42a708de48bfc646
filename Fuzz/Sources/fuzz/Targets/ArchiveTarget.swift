import CallProtocol
import NIOCore
import Operations

@testable import Core

/// The hub's copies of logs: as a disk may give them back, and as a node's pieces make them.
enum ArchiveTarget {
    static let target = FuzzTarget(
        name: "archive", largest: 80_000,
        words: ["\"offset\":", "\"kind\":", "stdout", "gap", "\"timeUs\":", "\"data\":"], seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        write(bytes)
        read(bytes)
    }

    private static func read(_ bytes: [UInt8]) {
        let file = MemoryFile()
        file.replace(with: bytes)
        guard let reader = try? LogArchiveReader(path: file.path), let skipper = try? LogArchiveReader(path: file.path)
        else { return must(false, "the file can be opened") }
        let pieces = waited { try await all(of: reader) }
        guard case .success(let pieces) = pieces else { return must(false, "a file in memory can be read: \(pieces)") }
        var skipped = 0
        while let place = (try? skipper.skip()) ?? nil {
            guard skipped < pieces.count else { return must(false, "what is gone past can be read") }
            let piece = pieces[skipped]
            must(place.offset == piece.offset && place.end >= place.offset, "it begins where it is read")
            must(place.end - place.offset == piece.bytes.readableBytes, "it is as long as it is read")
            skipped += 1
        }
        must(skipped == pieces.count, "what is read can be gone past")
        must(reader.position == skipper.position && reader.position <= bytes.count, "both end in one place")
    }

    private static func all(of reader: LogArchiveReader) async throws -> [LogArchiveReader.Piece] {
        var pieces: [LogArchiveReader.Piece] = []
        while true {
            let batch = try await reader.batch()
            if batch.isEmpty { return pieces }
            pieces += batch
        }
    }

    /// Pieces as a node sends them, one a line of JSON, into a copy that is read again.
    private static func write(_ bytes: [UInt8]) {
        let pieces = bytes.split(separator: 0x0A).prefix(64).compactMap {
            try? JSONCoding.decode(LogPiece.self, from: ByteBuffer(bytes: $0))
        }
        guard !pieces.isEmpty else { return }
        let file = MemoryFile()
        let written = waited { [path = file.path] in
            let writer = try LogArchiveWriter(path: path)
            defer { writer.close() }
            var size: Int64 = 0
            for piece in pieces {
                // A piece that is not base64 is refused, and the next may come.
                do { try await writer.append(piece) } catch is CallError {}
                must(writer.size >= size, "a copy does not shrink")
                size = writer.size
            }
            return size
        }
        guard case .success(let size) = written, let reader = try? LogArchiveReader(path: file.path),
            case .success(let read) = waited({ try await all(of: reader) })
        else { return must(false, "a file in memory can be written and read: \(written)") }
        let end = read.last.map { $0.offset + Int64($0.bytes.readableBytes) } ?? 0
        must(end == size, "the copy ends at \(end), not at \(size)")
        for (piece, next) in zip(read, read.dropFirst()) {
            must(piece.offset + Int64(piece.bytes.readableBytes) <= next.offset, "pieces do not overlap")
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        func piece(_ offset: UInt64, _ kind: UInt8, _ bytes: [UInt8], length: UInt32? = nil) -> [UInt8] {
            Seeds.bytes {
                $0.writeMultipleIntegers(offset, UInt64(1), kind, length ?? UInt32(bytes.count))
                $0.writeBytes(bytes)
            }
        }
        return [
            piece(0, 1, [104, 105]) + piece(2, 2, [1]) + piece(3, 3, []), piece(.max, 1, [1]), piece(1 << 62, 1, [1]),
            piece(0, 1, [1], length: 1 << 20), piece(0, 1, [1], length: .max), piece(0, 4, []),
            piece(0, 1, [UInt8](repeating: 1, count: 70_000)),
        ]
            + Seeds.texts([
                """
                {"offset":0,"kind":"stdout","timeUs":1,"data":"aGVsbG8="}
                {"offset":2,"kind":"stderr","timeUs":2,"data":"bGxvIHdvcmxk"}
                {"offset":11,"kind":"gap","timeUs":3,"data":""}
                {"offset":20,"kind":"stdout","timeUs":4,"data":"IQ=="}
                {"offset":21,"kind":"end","timeUs":5,"data":""}
                """, "{\"offset\":\(LogPiece.largestOffset),\"kind\":\"stdout\",\"timeUs\":-1,\"data\":\"aGk=\"}",
            ])
    }
}
