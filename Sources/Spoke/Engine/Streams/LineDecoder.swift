package import NIOCore

/// Bytes as lines, wherever the reads cut.
package struct LineDecoder: Sendable {
    package struct Line: Sendable, Hashable {
        /// Without the newline.
        package var bytes: ByteBuffer
        /// Whether it goes on: there was no newline within the limit, or at the end.
        package var isPartial: Bool
    }

    private let limit: Int
    private var waiting = ByteBuffer()
    /// Bytes of `waiting` in which there is no newline.
    private var searched = 0

    /// - Parameter limit: bytes of a line, at most; a longer one comes in parts.
    package init(limit: Int) { self.limit = limit }

    package mutating func append(_ bytes: ByteBuffer) {
        if waiting.readableBytes == 0 {
            waiting = bytes
        } else {
            waiting.writeImmutableBuffer(bytes)
        }
    }

    /// The next line; nil when more must come.
    package mutating func next() -> Line? {
        let view = waiting.readableBytesView
        let end = view.dropFirst(searched).prefix(limit + 1 - searched).firstIndex(of: UInt8(ascii: "\n"))
        if let end {
            searched = 0
            let length = view.distance(from: view.startIndex, to: end)
            let bytes = waiting.readSlice(length: length) ?? ByteBuffer()
            waiting.moveReaderIndex(forwardBy: 1)
            return Line(bytes: bytes, isPartial: false)
        }
        if waiting.readableBytes > limit, let bytes = waiting.readSlice(length: limit) {
            searched = 0
            return Line(bytes: bytes, isPartial: true)
        }
        searched = waiting.readableBytes
        return nil
    }

    /// What is left when nothing more comes.
    package mutating func finish() -> Line? {
        searched = 0
        guard waiting.readableBytes > 0 else { return nil }
        defer { waiting = ByteBuffer() }
        return Line(bytes: waiting, isPartial: true)
    }
}
