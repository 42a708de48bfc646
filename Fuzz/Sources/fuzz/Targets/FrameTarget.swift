import CallProtocol
import NIOCore

/// The frames of a link, as whoever connects may send them.
enum FrameTarget {
    static let target = FuzzTarget(name: "frames", largest: 80_000, words: [], seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let decoded = decodedAnyway(bytes, decode)
        for frame in decoded.values where !isLong(frame) {
            let written = Seeds.bytes { $0.writeFrame(frame) }
            let again = decode([ByteBuffer(bytes: written)])
            must(again.failure == nil && again.left == 0 && again.values.count == 1, "\(frame) is written as one frame")
            must(again.values.first.map { isSame($0, as: frame) } ?? false, "\(frame) came back as \(again.values)")
        }
    }

    private static func decode(_ portions: [ByteBuffer]) -> Decoded<Frame, FrameError> {
        var decoder = FrameDecoder()
        var decoded = Decoded<Frame, FrameError>()
        for portion in portions {
            decoder.append(portion)
            do throws(FrameError) {
                while let frame = try decoder.next() { join(frame, to: &decoded.values) }
            } catch {
                decoded.failure = error
                must(error.reason.utf8.count < 200, "a reason is short: \(error.reason)")
                must(decoder.pendingBytes == 0, "nothing is kept after an error")
            }
            must(decoder.pendingBytes < Frame.headerLength + Frame.maximumLength, "a frame at most is held back")
        }
        decoded.left = decoder.pendingBytes
        return decoded
    }

    /// What a DATA frame carries comes in parts, by the portions that it came in.
    private static func join(_ frame: Frame, to frames: inout [Frame]) {
        guard case .data(let stream, let part) = frame, case .data(stream, var before)? = frames.last else {
            return frames.append(frame)
        }
        before.writeImmutableBuffer(part)
        frames[frames.count - 1] = .data(stream: stream, before)
    }

    /// Whether it was joined of several that do not go into one.
    private static func isLong(_ frame: Frame) -> Bool {
        if case .data(_, let bytes) = frame { bytes.readableBytes > Frame.maximumLength } else { false }
    }

    /// Reasons are cut on their way out.
    private static func isSame(_ left: Frame, as right: Frame) -> Bool {
        switch (left, right) {
        case (.reset(let stream, let code, let reason), .reset(let otherStream, let otherCode, let long)):
            return stream == otherStream && code == otherCode && isCut(reason, of: long)
        case (.goAway(var goAway), .goAway(let other)):
            guard isCut(goAway.reason, of: other.reason) else { return false }
            goAway.reason = other.reason
            return goAway == other
        default: return left == right
        }
    }

    private static func isCut(_ text: String, of long: String) -> Bool {
        if long.utf8.count <= Frame.maximumReason { return text == long }
        return text.utf8.count <= Frame.maximumReason && long.utf8.starts(with: text.utf8)
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let frames: [Frame] = [
            .hello(ByteBuffer(string: "{\"version\":1}")), .open(stream: 1, credit: 65_536),
            .data(stream: 1, ByteBuffer(string: "hello")), .data(stream: .max, ByteBuffer()), .end(stream: 2),
            .reset(stream: 3, code: .aborted, reason: "no longer wanted"), .credit(stream: 1, bytes: .max), .ping(7),
            .pong(.max), .goAway(GoAway(code: .shutdown, reason: "bye", retryAfterMilliseconds: 500, lastStream: 9)),
            .ignored(type: 128), .data(stream: 4, ByteBuffer(repeating: 1, count: Frame.maximumLength)),
            .reset(stream: 5, code: .frame, reason: String(repeating: "\u{E9}", count: 700)),
        ]
        let single = frames.map { frame in Seeds.bytes { $0.writeFrame(frame) } }
        let together = Array(single.prefix(11).joined())
        // A length that is one too many, and the largest that four bytes can say.
        let tooLong = [[0, 0, 0, 1, 2, 0, 1, 0, 1], [0, 0, 0, 1, 2, 255, 255, 255, 255]] as [[UInt8]]
        return single + [together, together + [9]] + tooLong
    }
}
