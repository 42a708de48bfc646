import CallProtocol
import NIOCore

/// The chunks of a session, from a caller or a node.
enum ChunkTarget {
    static let target = FuzzTarget(name: "chunks", largest: 80_000, seeds: seeds, run: run)

    /// A part with the bytes of neighbours of its type joined: portions decide where one ends.
    private struct Piece: Equatable {
        var type: ChunkType
        var bytes: [UInt8]
        var isClosed: Bool
    }

    @Sendable private static func run(_ bytes: [UInt8]) {
        let decoded = decodedAnyway(bytes, decode)
        guard decoded.failure == nil || decoded.failure == .truncated else { return }
        var written = ByteBuffer()
        for piece in decoded.values {
            let limit = piece.type == .control ? Chunk.maximumControl : Chunk.maximumLength
            var rest = piece.bytes[...]
            repeat {
                written.writeChunk(piece.type, ByteBuffer(bytes: rest.prefix(limit)))
                rest = rest.dropFirst(limit)
            } while !rest.isEmpty
        }
        let again = decode([written])
        must(again.failure == nil && again.values == decoded.values, "\(decoded.values) came back as \(again)")
    }

    private static func decode(_ portions: [ByteBuffer]) -> Decoded<Piece, ChunkError> {
        var decoder = ChunkDecoder()
        var decoded = Decoded<Piece, ChunkError>()
        do throws(ChunkError) {
            for portion in portions {
                decoder.append(portion)
                while let part = try decoder.next() { add(part, to: &decoded.values) }
            }
            try decoder.finish()
        } catch {
            decoded.failure = error
            must(error.reason.utf8.count < 200, "a reason is short: \(error.reason)")
        }
        return decoded
    }

    private static func add(_ part: ChunkDecoder.Part, to pieces: inout [Piece]) {
        switch part {
        case .empty(let type): pieces.append(Piece(type: type, bytes: [], isClosed: true))
        case .control(let json):
            must(1...Chunk.maximumControl ~= json.readableBytes, "a control object is within its bounds")
            pieces.append(Piece(type: .control, bytes: Array(json.readableBytesView), isClosed: true))
        case .bytes(let type, let bytes):
            must(bytes.readableBytes > 0, "a portion is never empty")
            if let last = pieces.last, last.type == type, !last.isClosed {
                pieces[pieces.count - 1].bytes += Array(bytes.readableBytesView)
            } else {
                pieces.append(Piece(type: type, bytes: Array(bytes.readableBytesView), isClosed: false))
            }
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let chunks: [(ChunkType, ByteBuffer)] = [
            (.stdin, ByteBuffer(string: "input\n")), (.stdout, ByteBuffer(string: "output\n")),
            (.stderr, ByteBuffer(string: "trouble\n")), (.control, ByteBuffer(string: "{\"exit\":{\"code\":0}}")),
            (.stdin, ByteBuffer()), (.control, ByteBuffer()), (.stdout, ByteBuffer(repeating: 7, count: 70_000)),
            (.control, ByteBuffer(repeating: 0x20, count: Chunk.maximumControl)),
        ]
        let single = chunks.map { chunk in Seeds.bytes { $0.writeChunk(chunk.0, chunk.1) } }
        let tooLong = [[3, 0, 1, 0, 1], [1, 1, 0, 0, 1], [0, 255, 255, 255, 255], [4]] as [[UInt8]]
        return single + [Array(single.prefix(6).joined())] + tooLong
    }
}
