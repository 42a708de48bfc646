import NIOCore

/// Cuts the output of one node into lines, each to be shown behind the node's name. A value.
struct LinePrefixer: Sendable {
    private let prefix: [UInt8]
    private var pending = ByteBuffer()
    /// A line longer than this is shown in parts.
    static let longest = 64 * 1024

    init(prefix: String) {
        self.prefix = Array(prefix.utf8)
    }

    /// Takes in bytes; gives the lines that are whole now, prefixed.
    mutating func lines(_ bytes: ByteBuffer) -> ByteBuffer {
        var bytes = bytes
        var output = ByteBuffer()
        while let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            output.writeBytes(prefix)
            output.writeBuffer(&pending)
            pending.clear()
            output.writeImmutableBuffer(bytes.readSlice(length: end + 1 - bytes.readerIndex) ?? ByteBuffer())
        }
        pending.writeBuffer(&bytes)
        if pending.readableBytes > Self.longest { output.writeImmutableBuffer(rest()) }
        return output
    }

    /// What is left without a line break, prefixed and ended with one; empty when nothing is.
    mutating func rest() -> ByteBuffer {
        guard pending.readableBytes > 0 else { return ByteBuffer() }
        var output = ByteBuffer()
        output.writeBytes(prefix)
        output.writeBuffer(&pending)
        output.writeStaticString("\n")
        pending.clear()
        return output
    }
}
