package import NIOCore

/// The channels of a `raw` carriage.
package enum ChunkType: UInt8, Sendable, CaseIterable {
    case stdin = 0
    case stdout = 1
    case stderr = 2
    /// A JSON object.
    case control = 3
}

/// `[type u8][length u32 BE][payload]`, the unit of a `raw` carriage.
package enum Chunk {
    package static let headerLength = 5
    /// Bytes of payload, at most.
    package static let maximumLength = 16 * 1024 * 1024
    /// Bytes of a control object, at most.
    package static let maximumControl = 64 * 1024
    /// What senders keep to.
    package static let preferredLength = 64 * 1024
}

/// Why bytes are not chunks. Each ends the stream by RESET `frame`.
package enum ChunkError: Error, Hashable, Sendable {
    case unknownType(UInt8)
    case tooLong(type: UInt8, length: UInt32)
    case truncated

    package var reason: String {
        switch self {
        case .unknownType(let type): "chunk type \(type) is unknown"
        case .tooLong(let type, let length): "a chunk of type \(type) cannot be \(length) bytes long"
        case .truncated: "the stream ended inside a chunk"
        }
    }
}

extension ByteBuffer {
    /// Appends one chunk whole.
    package mutating func writeChunk(_ type: ChunkType, _ payload: ByteBuffer) {
        writeMultipleIntegers(type.rawValue, UInt32(payload.readableBytes))
        writeImmutableBuffer(payload)
    }
}
