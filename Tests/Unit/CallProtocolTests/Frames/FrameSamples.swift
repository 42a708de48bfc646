import CallProtocol
import NIOCore
import TestKit

/// Random frames that a peer may send.
extension SeededRandom {
    mutating func frame() -> Frame {
        let stream = UInt32.random(in: 1...(.max), using: &self)
        let number = UInt32.random(in: 0...(.max), using: &self)
        return switch int(0...9) {
        case 0: .hello(buffer(2...300))
        case 1: .open(stream: stream, credit: number)
        case 2: .data(stream: stream, buffer(chance(0.05) ? 0...65_536 : 0...200))
        case 3: .end(stream: stream)
        case 4: .reset(stream: stream, code: LinkCode(rawValue: number), reason: text())
        case 5: .credit(stream: stream, bytes: number)
        case 6: .ping(next())
        case 7: .pong(next())
        case 8:
            .goAway(
                GoAway(
                    code: LinkCode(rawValue: number), reason: text(), retryAfterMilliseconds: number / 3,
                    lastStream: stream))
        default: .ignored(type: UInt8.random(in: 128...255, using: &self))
        }
    }

    mutating func buffer(_ lengths: ClosedRange<Int>) -> ByteBuffer { ByteBuffer(bytes: bytes(int(lengths))) }

    mutating func text() -> String {
        String(
            String.UnicodeScalarView(
                (0..<int(0...20)).map { _ in ["a", "é", "漢", "😀", "\n"].randomElement(using: &self) ?? "a" }))
    }
}
