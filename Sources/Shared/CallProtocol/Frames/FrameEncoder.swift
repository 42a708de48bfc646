package import NIOCore

/// Writes frames into one buffer, so that a burst of them leaves in one TLS record and one system call.
extension ByteBuffer {
    /// Appends `frame` whole.
    package mutating func writeFrame(_ frame: Frame) {
        switch frame {
        case .hello(let json):
            writeFrameHeader(.hello, stream: 0, length: json.readableBytes)
            writeImmutableBuffer(json)
        case .open(let stream, let credit):
            writeFrameHeader(.open, stream: stream, length: 4)
            writeInteger(credit)
        case .data(let stream, let bytes):
            writeFrameHeader(.data, stream: stream, length: bytes.readableBytes)
            writeImmutableBuffer(bytes)
        case .end(let stream):
            writeFrameHeader(.end, stream: stream, length: 0)
        case .reset(let stream, let code, let reason):
            let text = Self.cut(reason)
            writeFrameHeader(.reset, stream: stream, length: 4 + text.utf8.count)
            writeInteger(code.rawValue)
            writeString(text)
        case .credit(let stream, let bytes):
            writeFrameHeader(.credit, stream: stream, length: 4)
            writeInteger(bytes)
        case .ping(let token):
            writeFrameHeader(.ping, stream: 0, length: 8)
            writeInteger(token)
        case .pong(let token):
            writeFrameHeader(.pong, stream: 0, length: 8)
            writeInteger(token)
        case .goAway(let goAway):
            let text = Self.cut(goAway.reason)
            writeFrameHeader(.goAway, stream: 0, length: 12 + text.utf8.count)
            writeMultipleIntegers(goAway.lastStream, goAway.code.rawValue, goAway.retryAfterMilliseconds)
            writeString(text)
        case .ignored(let type):
            writeMultipleIntegers(UInt32(0), type, UInt32(0))
        }
    }

    package mutating func writeFrameHeader(_ type: FrameType, stream: UInt32, length: Int) {
        writeMultipleIntegers(stream, type.rawValue, UInt32(length))
    }

    /// The longest prefix of whole characters within ``Frame/maximumReason`` bytes.
    private static func cut(_ reason: String) -> String {
        guard reason.utf8.count > Frame.maximumReason else { return reason }
        var kept = reason[...]
        while kept.utf8.count > Frame.maximumReason { kept = kept.dropLast() }
        return String(kept)
    }
}
