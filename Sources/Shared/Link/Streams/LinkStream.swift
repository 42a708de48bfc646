package import CallProtocol
package import NIOCore

/// A stream of a link: a plain object that lives on the link's event loop and must only be touched there.
package final class LinkStream {
    package let id: UInt32
    package let eventLoop: any EventLoop
    /// Set by whoever opens or accepts the stream, before it returns to the event loop.
    package var consumer: (any StreamConsumer)?
    /// What all streams of this link may assemble together.
    package let assembly: AssemblyBudget

    private(set) weak var writer: (any StreamWriter)?
    var window: ReceiveWindow
    var credit: SendCredit
    private var outbound = CircularBuffer<ByteBuffer>()
    /// Bytes queued and not yet in frames.
    package private(set) var outboundBytes = 0
    /// Whether the stream stands in the writer's queue.
    var isQueued = false
    /// Bytes of its turn that are over.
    var turnBytes = 0
    private(set) var phase = Phase()

    /// Which halves are still open.
    struct Phase {
        var endWanted = false
        var endSent = false
        var endReceived = false
        var isOver = false
    }

    init(
        id: UInt32, eventLoop: any EventLoop, writer: any StreamWriter, sendCredit: UInt32, window: UInt32,
        assembly: AssemblyBudget
    ) {
        self.id = id
        self.eventLoop = eventLoop
        self.writer = writer
        self.credit = SendCredit(sendCredit)
        self.window = ReceiveWindow(initial: window)
        self.assembly = assembly
    }

    /// Queues bytes to be sent as credit and the fair turn allow. Without effect after ``end()`` or a failure.
    package func write(_ bytes: ByteBuffer) {
        guard !phase.endWanted, !phase.isOver, bytes.readableBytes > 0 else { return }
        outbound.append(bytes)
        outboundBytes += bytes.readableBytes
        writer?.streamHasOutput(self)
    }

    /// Lets what was written leave now, as far as it may, and not at the end of this turn of the event loop.
    package func flush() { writer?.streamIsUrgent() }

    /// Half-close after everything that was written.
    package func end() {
        guard !phase.endWanted, !phase.isOver else { return }
        phase.endWanted = true
        writer?.streamHasOutput(self)
    }

    /// Ends both halves at once and tells the peer; the consumer hears nothing more. Without effect on a stream that
    /// has ended.
    package func reset(_ code: LinkCode, _ reason: String) {
        guard !isClosed else { return }
        let writer = writer
        finish()
        writer?.streamReset(self, code: code, reason: reason)
    }

    /// Says that the consumer took `bytes` that it was given: the peer may send as many more.
    package func consumed(_ bytes: Int) {
        // After the peer's END there is nothing left to grant, and a closed stream has given its budget back.
        guard !isClosed, !phase.endReceived, bytes > 0 else { return }
        writer?.streamConsumed(self, bytes: bytes)
    }

    /// Bounds what the receive window may grow to; for streams whose bytes are passed on to another one.
    package func limitWindow(to bytes: Int) {
        window.limit = bytes
    }

    var canSend: Bool {
        guard !phase.isOver, !phase.endSent else { return false }
        return outboundBytes > 0 ? credit.available > 0 : phase.endWanted
    }
}

/// What the link does with its streams.
extension LinkStream {
    /// Takes credit for at most `limit` bytes of output.
    /// - Returns: how many; so many are to be taken by ``takePiece(limit:)``.
    func takeCredit(limit: Int) -> Int {
        let length = credit.take(min(limit, outboundBytes))
        outboundBytes -= length
        return length
    }

    /// The next output, as it was written and at most `limit` bytes of it; nil for 0.
    func takePiece(limit: Int) -> ByteBuffer? {
        guard limit > 0, var first = outbound.popFirst() else { return nil }
        guard first.readableBytes > limit else { return first }
        let piece = first.readSlice(length: limit)
        outbound.prepend(first)
        return piece
    }

    /// Whether END is due now: asked for, and nothing left before it.
    func takeEnd() -> Bool {
        guard phase.endWanted, !phase.endSent, !phase.isOver, outboundBytes == 0 else { return false }
        phase.endSent = true
        return true
    }

    /// The state of the stream after the peer's END; false when it had ended already.
    func receiveEnd() -> Bool {
        guard !phase.endReceived else { return false }
        phase.endReceived = true
        return true
    }

    /// Whether both halves have ended, well or not.
    package var isClosed: Bool { phase.isOver || (phase.endSent && phase.endReceived) }

    /// Marks the stream over and lets go of everything it held.
    func finish() {
        phase.isOver = true
        outbound.removeAll()
        outboundBytes = 0
    }
}

/// The link, as its streams see it. Event loop only.
protocol StreamWriter: AnyObject {
    func streamHasOutput(_ stream: LinkStream)
    func streamIsUrgent()
    func streamReset(_ stream: LinkStream, code: LinkCode, reason: String)
    func streamConsumed(_ stream: LinkStream, bytes: Int)
}
