import NIOCore

/// What was sent of a session's input and may have to be sent again. A value.
struct SentInput: Sendable {
    /// The offset of the first byte that is kept.
    private(set) var base: Int64
    private var bytes = ByteBuffer()

    init(from base: Int64) { self.base = base }

    var end: Int64 { base + Int64(bytes.readableBytes) }

    mutating func add(_ sent: ByteBuffer) {
        if bytes.readableBytes == 0 { bytes.clear() }
        bytes.writeImmutableBuffer(sent)
    }

    /// The program was given all input before this offset: it need not be kept. What lies outside is not believed.
    mutating func acknowledge(_ offset: Int64) {
        guard offset > base, offset <= end else { return }
        bytes.moveReaderIndex(forwardBy: Int(offset - base))
        base = offset
        // Now and then, because what is left is moved for it.
        if bytes.readerIndex > 1 << 16 { bytes.discardReadBytes() }
    }

    /// What is to be sent again where the session has all input before this offset; nothing for an offset that this was
    /// never sent to.
    func rest(from offset: Int64) -> ByteBuffer {
        guard offset >= base, offset <= end else { return ByteBuffer() }
        var rest = bytes
        rest.moveReaderIndex(forwardBy: Int(offset - base))
        return rest
    }
}
