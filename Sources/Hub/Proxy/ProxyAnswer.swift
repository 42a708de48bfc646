package import NIOCore
package import NIOHTTP1

/// What this program answers itself.
package struct ProxyAnswer: Sendable {
    package enum Body: Sendable {
        case bytes(ByteBuffer)
        /// Sent piece by piece, as fast as the client takes it.
        case file(any ProxyFile)

        var length: Int64 {
            switch self {
            case .bytes(let bytes): Int64(bytes.readableBytes)
            case .file(let file): file.size
            }
        }
    }

    package var head: HTTPResponseHead
    package var body: Body

    package init(_ head: HTTPResponseHead, _ body: Body) {
        self.head = head
        self.body = body
    }
}

/// A file that is handed out. It does not change while it is.
package protocol ProxyFile: Sendable {
    /// Bytes.
    var size: Int64 { get }
    /// So many bytes from there on, fewer at its end; nil where it cannot be read. Called on an event loop, for pieces that the
    /// system has in memory.
    func bytes(at offset: Int64, atMost count: Int) -> ByteBuffer?
}
