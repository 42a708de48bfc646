import CallProtocol
import NIOCore
import TestKit
import Testing

@Suite("Frames are cut out of any portions of bytes")
struct FrameDecoderTests {
    private func decode(_ portions: [ByteBuffer]) throws(FrameError) -> (frames: [Frame], pending: Int) {
        var decoder = FrameDecoder()
        var frames: [Frame] = []
        for portion in portions {
            decoder.append(portion)
            while let frame = try decoder.next() { frames.append(frame) }
        }
        return (frames, decoder.pendingBytes)
    }

    @Test("any split of the bytes gives the frames that were written", arguments: 0..<8 as Range<UInt64>)
    func anySplit(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<250 {
            let frames = (0..<random.int(1...30)).map { _ in random.frame() }
            var bytes = ByteBuffer()
            for frame in frames { bytes.writeFrame(frame) }
            let got = try decode(random.split(bytes))
            #expect(joined(got.frames) == joined(frames))
            #expect(got.pending == 0)
        }
    }

    /// The same with what adjacent DATA frames of a stream carry in one.
    private func joined(_ frames: [Frame]) -> [Frame] {
        frames.reduce(into: []) { joined, frame in
            guard case .data(let stream, let bytes) = frame else { return joined.append(frame) }
            if case .data(stream, var before)? = joined.last {
                before.writeImmutableBuffer(bytes)
                joined[joined.count - 1] = .data(stream: stream, before)
            } else if bytes.readableBytes > 0 {
                joined.append(frame)
            }
        }
    }

    @Test("data is passed on as it comes, and what is kept keeps nothing else")
    func parts() throws {
        var bytes = ByteBuffer()
        bytes.writeFrame(.data(stream: 1, ByteBuffer(repeating: 7, count: 60_000)))
        bytes.writeFrame(.data(stream: 3, ByteBuffer(repeating: 8, count: 60_000)))
        var (decoder, rest) = (FrameDecoder(), bytes)
        decoder.append(rest.readSlice(length: 50_009) ?? ByteBuffer())
        #expect(try decoder.next() == .data(stream: 1, ByteBuffer(repeating: 7, count: 50_000)))
        #expect(try decoder.next() == nil && decoder.pendingCapacity == 0)
        // Up to the middle of the second header.
        decoder.append(rest.readSlice(length: 10_005) ?? ByteBuffer())
        #expect(try decoder.next() == .data(stream: 1, ByteBuffer(repeating: 7, count: 10_000)))
        #expect(try decoder.next() == nil && decoder.pendingBytes == 5 && decoder.pendingCapacity < 100)
        decoder.append(rest)
        #expect(try decoder.next() == .data(stream: 3, ByteBuffer(repeating: 8, count: 60_000)))
        #expect(try decoder.next() == nil && decoder.pendingCapacity == 0)
    }

    @Test("the header is stream, type and length, big-endian")
    func layout() {
        var bytes = ByteBuffer()
        bytes.writeFrame(.data(stream: 0x0102_0304, ByteBuffer(string: "hi")))
        #expect(Array(bytes.readableBytesView) == [1, 2, 3, 4, 2, 0, 0, 0, 2, 0x68, 0x69])
    }

    @Test(
        "each type has its number of the specification",
        arguments: [
            (Frame.hello(ByteBuffer(string: "{}")), 0), (.open(stream: 1, credit: 0), 1),
            (.data(stream: 1, ByteBuffer()), 2), (.end(stream: 1), 3),
            (.reset(stream: 1, code: .aborted, reason: ""), 4),
            (.credit(stream: 1, bytes: 1), 5), (.ping(1), 6), (.pong(1), 7),
            (.goAway(GoAway(code: .shutdown, reason: "")), 8),
        ] as [(Frame, UInt8)])
    func types(frame: Frame, type: UInt8) {
        var bytes = ByteBuffer()
        bytes.writeFrame(frame)
        #expect(bytes.getInteger(at: 4, as: UInt8.self) == type)
    }

    @Test(
        "what is no frame gives its error as soon as its header is there, before any payload",
        arguments: [
            (0, 0, 1, .wrongLength(type: 0, length: 1)), (0, 0, 0, .wrongLength(type: 0, length: 0)),
            (5, 0, 9, .wrongStream(type: 0, stream: 5)), (0, 1, 4, .wrongStream(type: 1, stream: 0)),
            (1, 1, 3, .wrongLength(type: 1, length: 3)), (1, 1, 5, .wrongLength(type: 1, length: 5)),
            (0, 2, 1, .wrongStream(type: 2, stream: 0)), (1, 2, 65_537, .tooLong(type: 2, length: 65_537)),
            (1, 2, .max, .tooLong(type: 2, length: .max)), (1, 3, 1, .wrongLength(type: 3, length: 1)),
            (0, 3, 0, .wrongStream(type: 3, stream: 0)), (1, 4, 3, .wrongLength(type: 4, length: 3)),
            (0, 4, 4, .wrongStream(type: 4, stream: 0)), (1, 5, 0, .wrongLength(type: 5, length: 0)),
            (0, 5, 4, .wrongStream(type: 5, stream: 0)), (0, 6, 7, .wrongLength(type: 6, length: 7)),
            (0, 7, 9, .wrongLength(type: 7, length: 9)), (3, 6, 8, .wrongStream(type: 6, stream: 3)),
            (3, 7, 8, .wrongStream(type: 7, stream: 3)), (0, 8, 11, .wrongLength(type: 8, length: 11)),
            (7, 8, 12, .wrongStream(type: 8, stream: 7)), (0, 9, 0, .unknownType(9)), (1, 127, 3, .unknownType(127)),
            (0, 9, 65_537, .tooLong(type: 9, length: 65_537)), (1, 128, 65_537, .tooLong(type: 128, length: 65_537)),
        ] as [(UInt32, UInt8, UInt32, FrameError)])
    func malformed(stream: UInt32, type: UInt8, length: UInt32, error: FrameError) {
        var header = ByteBuffer()
        header.writeMultipleIntegers(stream, type, length)
        #expect(throws: error) { try decode([header]) }
    }

    @Test("a length error is code frame, any other is code protocol")
    func codes() {
        #expect(FrameError.tooLong(type: 2, length: 70_000).code == .frame)
        #expect(FrameError.wrongLength(type: 6, length: 7).code == .frame)
        #expect(FrameError.unknownType(9).code == .protocolViolation)
        #expect(FrameError.wrongStream(type: 2, stream: 0).code == .protocolViolation)
    }

    @Test("types from 128 on are skipped with their payload, on any stream")
    func ignorable() throws {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(77), UInt8(200), UInt32(3))
        bytes.writeBytes([1, 2, 3])
        bytes.writeFrame(.ping(9))
        #expect(try decode([bytes]).frames == [.ignored(type: 200), .ping(9)])
    }

    @Test("after an error the decoder stays failed and holds nothing")
    func staysFailed() throws {
        var decoder = FrameDecoder()
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(0), UInt8(9), UInt32(0))
        bytes.writeFrame(.ping(1))
        decoder.append(bytes)
        for _ in 0..<3 {
            #expect(throws: FrameError.unknownType(9)) { try decoder.next() }
            decoder.append(bytes)
            #expect(decoder.pendingBytes == 0)
        }
    }

    @Test("random bytes give frames or an error and never a trap", arguments: 0..<4 as Range<UInt64>)
    func randomBytes(seed: UInt64) {
        var random = SeededRandom(seed: 1_000 + seed)
        for _ in 0..<5_000 {
            var bytes = ByteBuffer(bytes: random.bytes(random.int(0...120)))
            // Small numbers in the header's place let more of them get past it.
            if random.chance(0.7), bytes.readableBytes > 9 {
                bytes.setInteger(UInt32(random.int(0...2)), at: 0)
                bytes.setInteger(UInt8(random.int(0...12)), at: 4)
                bytes.setInteger(UInt32(random.int(0...40)), at: 5)
            }
            _ = try? decode(random.split(bytes))
        }
    }

    @Test("a long run of frames that never end with a portion does not pile up in memory")
    func bounded() throws {
        var decoder = FrameDecoder()
        var whole = ByteBuffer()
        for _ in 0..<16 { whole.writeFrame(.data(stream: 1, ByteBuffer(repeating: 7, count: 16_000))) }
        // One byte less than whole frames each time: something is always pending.
        var rest = ByteBuffer()
        var carried = 0
        for _ in 0..<400 {
            rest.writeImmutableBuffer(whole)
            guard let portion = rest.readSlice(length: rest.readableBytes - 1) else { return }
            rest = ByteBuffer(bytes: rest.readableBytesView)
            decoder.append(portion)
            while case .data(_, let part)? = try decoder.next() { carried += part.readableBytes }
            #expect(decoder.pendingCapacity < 1_000_000)
        }
        #expect(carried == 400 * 16 * 16_000 - 1)
    }

    @Test("a reason is cut at a whole character, and repaired where it is no UTF-8")
    func reasons() throws {
        let long = String(repeating: "é", count: 700)
        var bytes = ByteBuffer()
        bytes.writeFrame(.reset(stream: 3, code: .timeout, reason: long))
        bytes.writeMultipleIntegers(UInt32(3), UInt8(4), UInt32(6), UInt32(10), UInt8(0xFF), UInt8(0x41))
        let frames = try decode([bytes]).frames
        #expect(frames.first == .reset(stream: 3, code: .timeout, reason: String(repeating: "é", count: 512)))
        #expect(frames.last == .reset(stream: 3, code: .timeout, reason: "\u{FFFD}A"))
    }
}
