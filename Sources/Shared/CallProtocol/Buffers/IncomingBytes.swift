package import NIOCore

/// Bytes that arrived and were not taken yet; what was taken is let go of.
///
/// A unit that lies in one portion is handed out as a slice of it. Only one that straddles portions is joined, and
/// never more than has arrived is allocated for it.
struct IncomingBytes: Sendable {
    private var front = ByteBuffer()
    /// What came after `front`; empty unless `front` holds the beginning of a unit.
    private var back = ByteBuffer()

    /// Bytes held.
    var count: Int { front.readableBytes + back.readableBytes }

    /// Bytes of memory kept alive for them.
    var capacity: Int { front.storageCapacity + back.storageCapacity }

    /// Takes over `bytes`, without a copy where nothing is held.
    mutating func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        if front.readableBytes == 0 {
            front = bytes
            return
        }
        join(back.readableBytes)
        back = bytes
    }

    /// Whether `length` bytes are there; they can be looked at and taken then.
    mutating func has(_ length: Int) -> Bool {
        if front.readableBytes < length { join(length - front.readableBytes) }
        return front.readableBytes >= length
    }

    /// An integer within the bytes that ``has(_:)`` found.
    func integer<T: FixedWidthInteger>(at offset: Int, as type: T.Type = T.self) -> T? {
        front.getInteger(at: front.readerIndex + offset, as: type)
    }

    /// Drops bytes that ``has(_:)`` found.
    mutating func skip(_ length: Int) {
        front.moveReaderIndex(forwardBy: min(length, front.readableBytes))
        settle()
    }

    /// Takes bytes that ``has(_:)`` found, else nil.
    mutating func take(_ length: Int) -> ByteBuffer? {
        defer { settle() }
        return front.readSlice(length: length)
    }

    /// Takes what lies together, at most `limit` bytes; nil when there is nothing.
    mutating func takeSome(limit: Int) -> ByteBuffer? {
        let length = min(limit, front.readableBytes)
        return length > 0 ? take(length) : nil
    }

    /// Takes everything.
    mutating func takeAll() -> ByteBuffer {
        join(back.readableBytes)
        defer { front = ByteBuffer() }
        return front
    }

    /// Keeps what is left by itself where it is a small part of the portion that it came with.
    mutating func compact() {
        front = front.compacted
    }

    /// Moves up to `length` bytes from the back to the front.
    private mutating func join(_ length: Int) {
        guard let piece = back.readSlice(length: min(length, back.readableBytes)), piece.readableBytes > 0 else {
            return
        }
        if front.readerIndex > 0 {
            // Growing in place would keep everything that was read from this buffer before.
            var fresh = ByteBufferAllocator().buffer(capacity: front.readableBytes + piece.readableBytes)
            fresh.writeImmutableBuffer(front)
            front = fresh
        }
        front.writeImmutableBuffer(piece)
        if back.readableBytes == 0 { back = ByteBuffer() }
    }

    private mutating func settle() {
        guard front.readableBytes == 0 else { return }
        front = back
        back = ByteBuffer()
    }
}

extension ByteBuffer {
    /// The same by itself where it is a small part of the storage that it keeps alive.
    package var compacted: ByteBuffer {
        guard storageCapacity > 4 * readableBytes + 64 else { return self }
        guard readableBytes > 0 else { return ByteBuffer() }
        var fresh = ByteBufferAllocator().buffer(capacity: readableBytes)
        fresh.writeImmutableBuffer(self)
        return fresh
    }
}
