import CallProtocol
import NIOCore

/// Decides what leaves next: control frames first, then the ready streams in turn, one frame each.
///
/// A value without a channel: ``fill(limit:allocator:sent:)`` makes one buffer of frames, the handler writes it.
struct FairWriter {
    /// A frame's payload while another stream waits.
    static let sharedQuantum = 16 * 1024

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

    /// The next portion of at least one frame and not much more than `limit` bytes; nil when nothing can be sent.
    ///
    /// - Parameter sent: gets an entry for each turn of a stream. Consumers are told later, since they may write more.
    mutating func fill(limit: Int, allocator: ByteBufferAllocator, sent: inout [Sent]) -> ByteBuffer? {
        var buffer = controlBytes
        controlBytes = ByteBuffer()
        unsentControl = 0
        while buffer.readableBytes < limit, let stream = ready.popFirst() {
            stream.isQueued = false
            guard stream.canSend else { continue }
            let quantum = ready.isEmpty ? Frame.maximumLength : Self.sharedQuantum
            let bytes = stream.takeOutput(limit: quantum)
            let length = bytes?.readableBytes ?? 0
            if let bytes {
                if buffer.capacity == 0 { buffer = allocator.buffer(capacity: length + 2 * Frame.headerLength) }
                if length >= Self.sharedQuantum {
                    // Bulk: room for what will follow, so that the buffer is not copied while it grows.
                    let coming = min(limit, length + stream.outboundBytes)
                    buffer.reserveCapacity(minimumWritableBytes: coming + 8 * Frame.headerLength)
                }
                buffer.writeFrame(.data(stream: stream.id, bytes))
            }
            let ended = stream.takeEnd()
            if ended { buffer.writeFrame(.end(stream: stream.id)) }
            enqueue(stream)
            sent.append(Sent(stream: stream, bytes: length, ended: ended))
        }
        return buffer.readableBytes > 0 ? buffer : nil
    }

    /// Lets go of everything: the link is over.
    mutating func clear() {
        controlBytes = ByteBuffer()
        ready.removeAll()
    }
}
