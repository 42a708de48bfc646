package import NIOCore

/// Cuts a byte stream into chunks, passing payload on as it arrives; only control objects are assembled.
package struct ChunkDecoder: Sendable {
    /// What came out of the bytes.
    package enum Part: Hashable, Sendable {
        /// A portion of stdin, stdout or stderr; never empty.
        case bytes(ChunkType, ByteBuffer)
        /// A chunk of length zero: the end of that channel.
        case empty(ChunkType)
        /// One whole control object.
        case control(ByteBuffer)
    }

    private var buffer = ByteBuffer()
    private var current: (type: ChunkType, left: Int)?

    package init() {}

    package mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeImmutableBuffer(bytes) }
    }

    /// The next part, or nil when more bytes are needed.
    package mutating func next() throws(ChunkError) -> Part? {
        if current == nil {
            guard let header = try readHeader() else { return nil }
            guard header.length > 0 else { return .empty(header.type) }
            current = (header.type, header.length)
        }
        guard let (type, left) = current else { return nil }
        if type == .control {
            guard let payload = buffer.readSlice(length: left) else { return nil }
            current = nil
            return .control(payload)
        }
        guard let payload = buffer.readSlice(length: min(left, buffer.readableBytes)), payload.readableBytes > 0
        else { return nil }
        current = payload.readableBytes == left ? nil : (type, left - payload.readableBytes)
        return .bytes(type, payload)
    }

    /// To be called at the stream's end.
    package func finish() throws(ChunkError) {
        guard current == nil, buffer.readableBytes == 0 else { throw .truncated }
    }

    private mutating func readHeader() throws(ChunkError) -> (type: ChunkType, length: Int)? {
        guard
            let rawType = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self)
        else { return nil }
        guard let type = ChunkType(rawValue: rawType) else { throw .unknownType(rawType) }
        guard let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self) else { return nil }
        let limit = type == .control ? Chunk.maximumControl : Chunk.maximumLength
        guard length <= limit else { throw .tooLong(type: rawType, length: length) }
        buffer.moveReaderIndex(forwardBy: Chunk.headerLength)
        return (type, Int(length))
    }
}
