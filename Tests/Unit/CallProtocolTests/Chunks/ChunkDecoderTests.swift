import CallProtocol
import NIOCore
import TestKit
import Testing

@Suite("Chunks are passed on as they arrive")
struct ChunkDecoderTests {
    /// What came out, with neighbouring portions of a channel joined.
    private struct Outcome: Equatable {
        var bytes: [ChunkType: [UInt8]] = [:]
        var empties: [ChunkType] = []
        var controls: [[UInt8]] = []
    }

    private func decode(_ portions: [ByteBuffer], finish: Bool = true) throws(ChunkError) -> Outcome {
        var decoder = ChunkDecoder()
        var outcome = Outcome()
        for portion in portions {
            decoder.append(portion)
            while let part = try decoder.next() {
                switch part {
                case .bytes(let type, let bytes):
                    #expect(bytes.readableBytes > 0)
                    outcome.bytes[type, default: []] += Array(bytes.readableBytesView)
                case .empty(let type): outcome.empties.append(type)
                case .control(let json): outcome.controls.append(Array(json.readableBytesView))
                }
            }
        }
        if finish { try decoder.finish() }
        return outcome
    }

    @Test("any split of the bytes gives the same channels", arguments: 0..<6 as Range<UInt64>)
    func anySplit(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<250 {
            var expected = Outcome()
            var bytes = ByteBuffer()
            for _ in 0..<random.int(1...12) {
                let type = ChunkType.allCases.randomElement(using: &random) ?? .stdin
                let payload = random.bytes(random.chance(0.2) ? 0 : random.int(1...(random.chance(0.1) ? 60_000 : 50)))
                bytes.writeChunk(type, ByteBuffer(bytes: payload))
                if payload.isEmpty {
                    expected.empties.append(type)
                } else if type == .control {
                    expected.controls.append(payload)
                } else {
                    expected.bytes[type, default: []] += payload
                }
            }
            #expect(try decode(random.split(bytes)) == expected)
        }
    }

    @Test("payload is passed on before its chunk is whole, a control object is not")
    func streaming() throws {
        var start = ByteBuffer(bytes: [1, 0, 0, 0, 10])
        start.writeString("abc")
        #expect(try decode([start], finish: false).bytes == [.stdout: Array("abc".utf8)])
        #expect(throws: ChunkError.truncated) { try decode([start]) }
        let control = ByteBuffer(bytes: [3, 0, 0, 0, 2, 0x7B])
        #expect(try decode([control], finish: false) == Outcome())
    }

    @Test(
        "what is no chunk gives its error with its first bytes",
        arguments: [
            ([4], .unknownType(4)), ([255, 0, 0], .unknownType(255)),
            ([0, 1, 0, 0, 1], .tooLong(type: 0, length: 16_777_217)),
            ([1, 255, 255, 255, 255], .tooLong(type: 1, length: .max)),
            ([3, 0, 1, 0, 1], .tooLong(type: 3, length: 65_537)), ([0, 0], .truncated), ([2, 0, 0, 0, 1], .truncated),
        ] as [([UInt8], ChunkError)])
    func malformed(bytes: [UInt8], error: ChunkError) {
        #expect(throws: error) { try decode([ByteBuffer(bytes: bytes)]) }
    }

    @Test("16 MiB of payload and 64 KiB of control may be announced")
    func longest() throws {
        #expect(try decode([ByteBuffer(bytes: [0, 1, 0, 0, 0])], finish: false) == Outcome())
        #expect(try decode([ByteBuffer(bytes: [3, 0, 1, 0, 0])], finish: false) == Outcome())
    }

    @Test("random bytes give parts or an error and never a trap", arguments: 0..<4 as Range<UInt64>)
    func randomBytes(seed: UInt64) {
        var random = SeededRandom(seed: 3_000 + seed)
        for _ in 0..<5_000 {
            var bytes = ByteBuffer(bytes: random.bytes(random.int(0...60)))
            if bytes.readableBytes > 5 {
                bytes.setInteger(UInt8(random.int(0...4)), at: 0)
                bytes.setInteger(UInt32(random.int(0...80)), at: 1)
            }
            _ = try? decode(random.split(bytes))
        }
    }
}
