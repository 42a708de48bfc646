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

    private var bytes = IncomingBytes()
    private var current: (type: ChunkType, left: Int)?

    package init() {}

    package mutating func append(_ bytes: ByteBuffer) {
        self.bytes.append(bytes)
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
            guard bytes.has(left), let payload = bytes.take(left) else { return nil }
            current = nil
            return .control(payload)
        }
        guard let payload = bytes.takeSome(limit: left) else { return nil }
        current = payload.readableBytes == left ? nil : (type, left - payload.readableBytes)
        return .bytes(type, payload)
    }

    /// To be called at the stream's end.
    package func finish() throws(ChunkError) {
        guard current == nil, bytes.count == 0 else { throw .truncated }
    }

    private mutating func readHeader() throws(ChunkError) -> (type: ChunkType, length: Int)? {
        guard bytes.has(1), let rawType = bytes.integer(at: 0, as: UInt8.self) else { return nil }
        guard let type = ChunkType(rawValue: rawType) else { throw .unknownType(rawType) }
        guard bytes.has(Chunk.headerLength), let length = bytes.integer(at: 1, as: UInt32.self) else { return nil }
        let limit = type == .control ? Chunk.maximumControl : Chunk.maximumLength
        guard length <= limit else { throw .tooLong(type: rawType, length: length) }
        bytes.skip(Chunk.headerLength)
        return (type, Int(length))
    }
}
