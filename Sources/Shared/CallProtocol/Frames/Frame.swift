package import NIOCore

/// One frame of `capstan-link/1`: a 9-byte header (stream u32, type u8, length u32, big-endian) and its payload.
package enum Frame: Hashable, Sendable {
    /// The JSON of a ``Hello``; stream 0, the first frame of each side.
    case hello(ByteBuffer)
    /// Starts a stream; `credit` is what the responder may send at once.
    case open(stream: UInt32, credit: UInt32)
    case data(stream: UInt32, ByteBuffer)
    /// Half-close: the sender will send no more DATA.
    case end(stream: UInt32)
    /// Ends both halves.
    case reset(stream: UInt32, code: LinkCode, reason: String)
    /// `bytes` more may be sent on the stream.
    case credit(stream: UInt32, bytes: UInt32)
    case ping(UInt64)
    case pong(UInt64)
    case goAway(GoAway)
    /// A type from 128 to 255: reserved for later versions and ignored.
    case ignored(type: UInt8)

    package static let headerLength = 9
    /// Bytes of payload, at most.
    package static let maximumLength = 65_536
    /// Bytes of UTF-8 kept of a reason; the rest is cut on the way out.
    package static let maximumReason = 1_024
}

/// No new streams on this link; the live ones up to `lastStream` may finish.
package struct GoAway: Hashable, Sendable {
    /// The highest stream of the receiver's that was taken up.
    package var lastStream: UInt32
    package var code: LinkCode
    /// How long the receiver should wait before it dials again.
    package var retryAfterMilliseconds: UInt32
    package var reason: String

    package init(code: LinkCode, reason: String, retryAfterMilliseconds: UInt32 = 0, lastStream: UInt32 = 0) {
        self.lastStream = lastStream
        self.code = code
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.reason = reason
    }
}

/// The type byte of a frame.
package enum FrameType: UInt8, Sendable, CaseIterable {
    case hello = 0
    case open, data, end, reset, credit, ping, pong, goAway

    /// Types from here on are ignored by a peer that does not know them.
    static let firstIgnorable: UInt8 = 128
}
