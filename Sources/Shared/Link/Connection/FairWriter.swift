import CallProtocol
import NIOCore

/// Decides what leaves next: control frames first, then the streams that have little to say, then the others in turn.
///
/// A value without a channel: ``fill(limit:allocator:now:burst:sent:)`` makes buffers of frames, the handler writes them.
struct FairWriter {
    /// A stream with no more than so many bytes has little to say when it gets ready.
    private static let little = 16 * 1024

    /// A piece that is as long is written by itself: an encrypted record more costs less than to copy it behind its header.
    private static let ownWrite = 32 * 1024

    /// What became frames of one stream, to be told to it afterwards.
    struct Sent {
        var stream: LinkStream
        /// Bytes of payload.
        var bytes: Int
        /// Whether its END went with them.
        var ended: Bool
    }

    private var controlBytes = ByteBuffer()
    /// Control frames that the peer provoked and that wait to be written.
    private(set) var unsentControl = 0
    /// Those that have little to say, each for one frame.
    private var brief = CircularBuffer<LinkStream>()
    /// The others. The first one may be in the middle of its turn.
    private var ready = CircularBuffer<LinkStream>()
    /// Bytes of the brief while others waited, since one of those had its turn: after as many as a turn has it gets one.
    private var sinceReady = 0
    private var turn = TurnLength()
    private let maximumUnsentControl: Int

    init(maximumUnsentControl: Int) {
        self.maximumUnsentControl = maximumUnsentControl
    }

    /// Queues a frame of the link, or one that jumps the queue of its stream.
    mutating func control(_ frame: Frame) {
        controlBytes.writeFrame(frame)
        switch frame {
        // Ours to send, and bounded by the streams: a slow line with many streams is no flood.
        case .open, .credit: break
        default: unsentControl += 1
        }
    }

    /// Whether the peer lets more control frames pile up than is allowed.
    var isFlooded: Bool { unsentControl > maximumUnsentControl }

    var isEmpty: Bool { controlBytes.readableBytes == 0 && isNobodyReady }

    private var isNobodyReady: Bool { brief.isEmpty && ready.isEmpty }

    /// Puts the stream at the end of its queue, once, if it has something to send and may.
    mutating func enqueue(_ stream: LinkStream) {
        guard !stream.isQueued, stream.canSend else { return }
        (stream.isQueued, stream.turnBytes) = (true, 0)
        if stream.outboundBytes <= Self.little { brief.append(stream) } else { ready.append(stream) }
    }

    private mutating func next() -> (stream: LinkStream, isBrief: Bool)? {
        while sinceReady < turn.bytes || ready.isEmpty, let stream = brief.popFirst() {
            if stream.outboundBytes <= Self.little { return (stream, true) }
            // It has said more since.
            ready.append(stream)
        }
        return ready.popFirst().map { ($0, false) }
    }

    /// What the stream may send at once.
    private func limit(of stream: LinkStream) -> Int {
        // The turn may have become shorter since it began.
        isNobodyReady ? Frame.maximumLength : min(Frame.maximumLength, max(Self.little, turn.bytes - stream.turnBytes))
    }

    /// The stream has had a frame: it goes on with its turn, or waits for the next one.
    private mutating func served(_ stream: LinkStream, _ length: Int, isBrief: Bool) {
        stream.turnBytes += length
        let goesOn = !isBrief && stream.canSend && stream.turnBytes < turn.bytes
        if isBrief, !ready.isEmpty { sinceReady += length } else if !goesOn { sinceReady = 0 }
        guard stream.canSend else { return }
        stream.isQueued = true
        if goesOn {
            ready.prepend(stream)
        } else {
            stream.turnBytes = 0
            ready.append(stream)
        }
    }

    /// The next portion of at least one frame and not much more than `limit` bytes, if anything can be sent.
    ///
    /// - Parameters:
    ///   - burst: gets the buffers to write, in their order.
    ///   - sent: gets an entry for each turn of a stream. Consumers are told later, since they may write more.
    mutating func fill(
        limit: Int, allocator: ByteBufferAllocator, now: NIODeadline, burst: inout [ByteBuffer], sent: inout [Sent]
    ) {
        var buffer = controlBytes
        controlBytes = ByteBuffer()
        unsentControl = 0
        var total = buffer.readableBytes
        turn.begin(at: now)
        while total < limit, let (stream, isBrief) = next() {
            stream.isQueued = false
            guard stream.canSend else { continue }
            let length = stream.takeCredit(limit: self.limit(of: stream))
            if length > 0 {
                if buffer.capacity == 0 { buffer = allocator.buffer(capacity: Self.room(length)) }
                buffer.writeFrameHeader(.data, stream: stream.id, length: length)
                var rest = length
                while let piece = stream.takePiece(limit: rest) {
                    rest -= piece.readableBytes
                    if piece.readableBytes >= Self.ownWrite {
                        if buffer.readableBytes > 0 { burst.append(buffer) }
                        burst.append(piece)
                        buffer = ByteBuffer()
                        continue
                    }
                    if piece.readableBytes >= Self.little {
                        // Bulk: room for what will follow, so that the buffer is not copied while it grows.
                        let coming = min(limit - total, rest + piece.readableBytes + stream.outboundBytes)
                        buffer.reserveCapacity(minimumWritableBytes: coming + 8 * Frame.headerLength)
                    }
                    buffer.writeImmutableBuffer(piece)
                }
            }
            let ended = stream.takeEnd()
            if ended { buffer.writeFrame(.end(stream: stream.id)) }
            total += length + Frame.headerLength
            served(stream, length, isBrief: isBrief)
            sent.append(Sent(stream: stream, bytes: length, ended: ended))
        }
        turn.note(total)
        if buffer.readableBytes > 0 { burst.append(buffer) }
    }

    /// For a frame of so many bytes: with its payload where that is copied, and for a few headers else.
    private static func room(_ length: Int) -> Int {
        (length < ownWrite ? length : 0) + 2 * Frame.headerLength
    }

    /// Lets go of everything: the link is over.
    mutating func clear() {
        controlBytes = ByteBuffer()
        brief.removeAll()
        ready.removeAll()
    }
}
