/// Why bytes are not frames. Each ends the link by a GOAWAY with ``code``.
package enum FrameError: Error, Hashable, Sendable {
    /// The header announces more than ``Frame/maximumLength`` bytes.
    case tooLong(type: UInt8, length: UInt32)
    /// A type of fixed size with another size.
    case wrongLength(type: UInt8, length: UInt32)
    /// A type from 9 to 127: unknown and not ignorable.
    case unknownType(UInt8)
    /// A frame of the link on a stream, or a frame of a stream on stream 0.
    case wrongStream(type: UInt8, stream: UInt32)

    package var code: LinkCode {
        switch self {
        case .tooLong, .wrongLength: .frame
        case .unknownType, .wrongStream: .protocolViolation
        }
    }

    package var reason: String {
        switch self {
        case .tooLong(let type, let length): "frame type \(type) announces \(length) bytes, at most 65536 are allowed"
        case .wrongLength(let type, let length): "frame type \(type) cannot be \(length) bytes long"
        case .unknownType(let type): "frame type \(type) is unknown"
        case .wrongStream(let type, let stream): "frame type \(type) is not allowed on stream \(stream)"
        }
    }
}
