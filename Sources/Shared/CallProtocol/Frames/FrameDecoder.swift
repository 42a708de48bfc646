package import NIOCore

/// Cuts a byte stream into frames. A value: feed it bytes in any portions, take out frames.
///
/// What a DATA frame carries is passed on as it comes, in as many DATA frames as it takes: nothing is kept of it, so that whoever
/// decrypts into a buffer has that buffer back when all of it was consumed. Every other frame is whole.
///
/// Bounded: a length is checked before anything is kept for it, so that at most one maximal frame is ever assembled
/// beyond what the caller fed in one go. After an error the decoder stays failed.
package struct FrameDecoder: Sendable {
    private var bytes = IncomingBytes()
    private var failure: FrameError?
    /// The DATA frame whose payload is passed on, and what is to come of it.
    private var open: (stream: UInt32, rest: Int)?

    package init() {}

    /// Bytes held back because their frame is not whole yet.
    package var pendingBytes: Int { bytes.count }

    /// Bytes of memory that those keep alive.
    package var pendingCapacity: Int { bytes.capacity }

    /// Takes over `bytes`; when nothing is pending they are kept without a copy.
    package mutating func append(_ bytes: ByteBuffer) {
        guard failure == nil else { return }
        self.bytes.append(bytes)
    }

    /// The next frame, or a part of one of DATA; nil when more bytes are needed.
    package mutating func next() throws(FrameError) -> Frame? {
        if let failure { throw failure }
        do {
            let frame = if let open { part(of: open) } else { try decode() }
            if let frame { return frame }
            bytes.compact()
            return nil
        } catch {
            failure = error
            bytes = IncomingBytes()
            throw error
        }
    }

    /// What is there of an open frame.
    private mutating func part(of frame: (stream: UInt32, rest: Int)) -> Frame? {
        guard let payload = bytes.takeSome(limit: frame.rest) else { return nil }
        let rest = frame.rest - payload.readableBytes
        open = rest > 0 ? (frame.stream, rest) : nil
        return .data(stream: frame.stream, payload)
    }

    private mutating func decode() throws(FrameError) -> Frame? {
        guard
            bytes.has(Frame.headerLength), let stream = bytes.integer(at: 0, as: UInt32.self),
            let rawType = bytes.integer(at: 4, as: UInt8.self), let length = bytes.integer(at: 5, as: UInt32.self)
        else { return nil }
        guard length <= Frame.maximumLength else { throw .tooLong(type: rawType, length: length) }
        guard let type = FrameType(rawValue: rawType) else {
            guard rawType >= FrameType.firstIgnorable else { throw .unknownType(rawType) }
            guard bytes.has(Frame.headerLength + Int(length)) else { return nil }
            bytes.skip(Frame.headerLength + Int(length))
            return .ignored(type: rawType)
        }
        try Self.check(type, stream: stream, length: length)
        if type == .data, length > 0 {
            bytes.skip(Frame.headerLength)
            open = (stream, Int(length))
            return part(of: (stream, Int(length)))
        }
        guard
            bytes.has(Frame.headerLength + Int(length)), var payload = bytes.take(Frame.headerLength + Int(length))
        else { return nil }
        payload.moveReaderIndex(forwardBy: Frame.headerLength)
        guard let frame = Self.frame(type, stream: stream, payload: &payload) else {
            throw .wrongLength(type: rawType, length: length)
        }
        return frame
    }

    private static func check(_ type: FrameType, stream: UInt32, length: UInt32) throws(FrameError) {
        let ofLink: Bool
        let lengths: ClosedRange<UInt32>
        switch type {
        case .hello: (ofLink, lengths) = (true, 2...UInt32(Frame.maximumLength))
        case .ping, .pong: (ofLink, lengths) = (true, 8...8)
        case .goAway: (ofLink, lengths) = (true, 12...UInt32(Frame.maximumLength))
        case .open, .credit: (ofLink, lengths) = (false, 4...4)
        case .data: (ofLink, lengths) = (false, 0...UInt32(Frame.maximumLength))
        case .end: (ofLink, lengths) = (false, 0...0)
        case .reset: (ofLink, lengths) = (false, 4...UInt32(Frame.maximumLength))
        }
        guard ofLink == (stream == 0) else { throw .wrongStream(type: type.rawValue, stream: stream) }
        guard lengths.contains(length) else { throw .wrongLength(type: type.rawValue, length: length) }
    }

    private static func frame(_ type: FrameType, stream: UInt32, payload: inout ByteBuffer) -> Frame? {
        switch type {
        case .hello: return .hello(payload)
        case .open: return payload.readInteger(as: UInt32.self).map { .open(stream: stream, credit: $0) }
        case .data: return .data(stream: stream, payload)
        case .end: return .end(stream: stream)
        case .reset:
            guard let code = payload.readInteger(as: UInt32.self) else { return nil }
            return .reset(stream: stream, code: LinkCode(rawValue: code), reason: text(payload))
        case .credit: return payload.readInteger(as: UInt32.self).map { .credit(stream: stream, bytes: $0) }
        case .ping: return payload.readInteger(as: UInt64.self).map { .ping($0) }
        case .pong: return payload.readInteger(as: UInt64.self).map { .pong($0) }
        case .goAway:
            guard let words = payload.readMultipleIntegers(as: (UInt32, UInt32, UInt32).self) else { return nil }
            return .goAway(
                GoAway(
                    code: LinkCode(rawValue: words.1), reason: text(payload), retryAfterMilliseconds: words.2,
                    lastStream: words.0))
        }
    }

    /// Invalid UTF-8 in a reason is repaired, not refused: it is for people only.
    private static func text(_ payload: ByteBuffer) -> String {
        String(decoding: payload.readableBytesView.prefix(Frame.maximumReason), as: UTF8.self)
    }
}
