import CallProtocol
import NIOCore

/// The handler as its streams see it, and the pump that sends what they queue.
extension LinkHandler: StreamWriter {
    /// Bytes that are written between two looks at the channel's writability.
    private static let burst = 256 * 1024
    /// Bursts before other channels of the event loop get their turn.
    private static let burstsATurn = 16

    /// Opens a stream of ours; one that the peer would refuse fails with what the peer said. Event loop only.
    func openStream() throws(StreamFailure) -> LinkStream {
        if let end { throw failure(of: end) }
        if let farewell = timers.farewell { throw failure(of: .farewell(farewell)) }
        guard let context, let remoteHello else { throw StreamFailure(.unavailable, "the link is not ready") }
        do throws(StreamFailure) {
            let id = try machine.open(openLocal: openLocal)
            openLocal += 1
            out.control(.open(stream: id, credit: localHello.initialCredit))
            schedulePump()
            return makeStream(
                id, sendCredit: remoteHello.initialCredit, window: localHello.initialCredit, on: context.eventLoop)
        } catch {
            if error.code == .renew { drain(GoAway(code: .renew, reason: error.reason), within: nil) }
            throw error
        }
    }

    func streamHasOutput(_ stream: LinkStream) {
        out.enqueue(stream)
        schedulePump()
    }

    func streamIsUrgent() {
        // What is being read may bring more to send.
        if !isReading { pump() }
    }

    func streamReset(_ stream: LinkStream, code: LinkCode, reason: String) {
        out.control(.reset(stream: stream.id, code: code, reason: reason))
        retire(stream)
        schedulePump()
    }

    func streamConsumed(_ stream: LinkStream, bytes: Int) {
        let grant = stream.window.consume(
            bytes, now: now.uptimeNanoseconds, roundTrip: timers.roundTrip.map { UInt64($0.nanoseconds) },
            reserve: reserveWindow)
        guard grant > 0 else { return }
        out.control(.credit(stream: stream.id, bytes: UInt32(grant)))
        schedulePump()
    }

    private func reserveWindow(_ bytes: Int) -> Int {
        let granted = processBudget.take(upTo: min(bytes, linkBudget))
        linkBudget -= granted
        return granted
    }

    /// Takes a stream out of the table and gives back what it held.
    func retire(_ stream: LinkStream) {
        guard streams.removeValue(forKey: stream.id) != nil else { return }
        // A consumer holds its stream; whoever still has to tell it something has taken it out before.
        stream.consumer = nil
        if isLocal(stream.id) { openLocal -= 1 } else { openRemote -= 1 }
        let grown = stream.window.grown(from: localHello.initialCredit)
        linkBudget += grown
        processBudget.give(back: grown)
        if machine.phase == .draining, streams.isEmpty { schedulePump() }
    }

    /// Ends a stream without a word to the peer, and tells its consumer.
    func fail(_ stream: LinkStream, _ failure: StreamFailure) {
        let consumer = stream.consumer
        stream.finish()
        retire(stream)
        consumer?.streamFailed(failure)
    }

    var now: NIODeadline { context?.eventLoop.now ?? .now() }

    /// Sends at the end of this turn of the event loop, so that a burst of small calls leaves together.
    func schedulePump() {
        guard !isReading, !isPumpScheduled, let context else { return }
        isPumpScheduled = true
        context.eventLoop.assumeIsolated().execute { [weak self] in
            self?.isPumpScheduled = false
            self?.pump()
        }
    }

    func pump() {
        guard let context, end == nil, machine.phase != .connecting else { return }
        let channel = context.channel
        var bursts = 0
        while !out.isEmpty, channel.isWritable || !channel.isActive {
            // A peer that keeps up must not keep the event loop from its other channels.
            guard bursts < Self.burstsATurn else {
                schedulePump()
                break
            }
            bursts += 1
            send(context, channel.allocator)
            if end != nil { return }
        }
        if out.isFlooded {
            return close(.lost("the peer does not read: \(out.unsentControl) control frames are unsent"))
        }
        if machine.phase == .draining, streams.isEmpty, out.isEmpty {
            if hasLeft {
                close(timers.farewell.map { .farewell($0) } ?? timers.dismissal.map { .dismissed($0) } ?? .aborted)
            } else {
                awaitLeaving(context)
            }
        }
    }

    /// The next burst, if anything can be sent.
    private func send(_ context: ChannelHandlerContext, _ allocator: ByteBufferAllocator) {
        var (burst, sent) = (spareBurst, spareSent)
        (spareBurst, spareSent) = ([], [])
        out.fill(limit: Self.burst, allocator: allocator, now: now, burst: &burst, sent: &sent)
        let isEmpty = burst.isEmpty
        for buffer in burst { context.write(wrapOutboundOut(buffer), promise: nil) }
        burst.removeAll(keepingCapacity: true)
        if !isEmpty { context.flush() }
        for entry in sent { tell(entry) }
        sent.removeAll(keepingCapacity: true)
        (spareBurst, spareSent) = (burst, sent)
    }

    /// Sends one frame more, and looks again when it has left this process, with everything before it: TLS waits a few
    /// seconds for the other side's farewell and then drops what a slow line has not taken yet.
    private func awaitLeaving(_ context: ChannelHandlerContext) {
        guard !isLeaving else { return }
        isLeaving = true
        var last = ByteBuffer()
        last.writeFrame(.ping(0))
        let left = context.eventLoop.makePromise(of: Void.self)
        left.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            self?.hasLeft = true
            self?.schedulePump()
        }
        context.writeAndFlush(wrapOutboundOut(last), promise: left)
    }

    private func tell(_ sent: FairWriter.Sent) {
        let consumer = sent.stream.consumer
        if sent.ended, sent.stream.isClosed { retire(sent.stream) }
        if sent.bytes > 0 { consumer?.streamSent(sent.bytes) }
    }
}
