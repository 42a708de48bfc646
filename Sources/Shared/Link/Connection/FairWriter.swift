import CallProtocol
import NIOCore

/// Decides what leaves next: control frames first, then the ready streams in turn, one frame each.
///
/// A value without a channel: ``fill(limit:allocator:burst:sent:)`` makes buffers of frames, the handler writes them.
struct FairWriter {
    /// A frame's payload while another stream waits.
    static let sharedQuantum = 16 * 1024

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
    private var ready = CircularBuffer<LinkStream>()
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

    var isEmpty: Bool { controlBytes.readableBytes == 0 && ready.isEmpty }

    /// Puts the stream at the end of the queue, once, if it has something to send and may.
    mutating func enqueue(_ stream: LinkStream) {
        guard !stream.isQueued, stream.canSend else { return }
        stream.isQueued = true
        ready.append(stream)
    }

    /// The next portion of at least one frame and not much more than `limit` bytes, if anything can be sent.
    ///
    /// - Parameters:
    ///   - burst: gets the buffers to write, in their order.
    ///   - sent: gets an entry for each turn of a stream. Consumers are told later, since they may write more.
    mutating func fill(
        limit: Int, allocator: ByteBufferAllocator, burst: inout [ByteBuffer], sent: inout [Sent]
    ) {
        var buffer = controlBytes
        controlBytes = ByteBuffer()
        unsentControl = 0
        var total = buffer.readableBytes
        while total < limit, let stream = ready.popFirst() {
            stream.isQueued = false
            guard stream.canSend else { continue }
            let length = stream.takeCredit(limit: ready.isEmpty ? Frame.maximumLength : Self.sharedQuantum)
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
                    if piece.readableBytes >= Self.sharedQuantum {
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
            enqueue(stream)
            sent.append(Sent(stream: stream, bytes: length, ended: ended))
        }
        if buffer.readableBytes > 0 { burst.append(buffer) }
    }

    /// For a frame of so many bytes: with its payload where that is copied, and for a few headers else.
    private static func room(_ length: Int) -> Int {
        (length < ownWrite ? length : 0) + 2 * Frame.headerLength
    }

    /// Lets go of everything: the link is over.
    mutating func clear() {
        controlBytes = ByteBuffer()
        ready.removeAll()
    }
}
