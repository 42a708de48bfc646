import CallProtocol
package import NIOCore
package import Operations

/// A session of plain bytes as a channel, so that the library's handlers can stand on it. It lives on the event loop that it is
/// given, whichever one carries the stream.
///
/// It is read when it is asked to be, and not by itself. An end is `ChannelEvent.inputClosed`; a failure comes as an error, behind
/// all that came before it, and closes the channel.
// Everything but what never changes is touched on its event loop alone.
package final class StreamChannel: @unchecked Sendable {
    package let eventLoop: any EventLoop
    package let allocator = ByteBufferAllocator()
    let stream: SessionStream
    let closePromise: EventLoopPromise<Void>
    // Set once, before anybody has the channel.
    nonisolated(unsafe) private var made: ChannelPipeline?
    package private(set) var isActive = false
    package private(set) var isWritable = true
    /// Bytes that came from the stream, and that went into it.
    package private(set) var (received, sent): (Int64, Int64) = (0, 0)
    private var outgoing = CircularBuffer<(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)>()
    private var (waiting, flushed) = (0, 0)
    private var (isReadWanted, isPulling, hasInputEnded) = (false, false, false)
    private var (isWaitingToRead, isWaitingToWrite) = (false, false)
    /// Told when everything has left, and the half is to be closed then.
    private var finishing: EventLoopPromise<Void>?
    private var isFinished = false
    /// Whether what comes is thrown away: it is being left.
    private var isLeft = false

    private static let (low, high) = (64 << 10, 256 << 10)
    /// Small pieces are sent together, up to so many bytes.
    private static let piece = 16 << 10
    /// How many pieces are passed on in one turn.
    private static let burst = 8
    /// How long the other side may take to end after this has.
    private static let grace = TimeAmount.seconds(1)

    package init(_ stream: SessionStream, on eventLoop: any EventLoop) {
        self.stream = stream
        self.eventLoop = eventLoop
        closePromise = eventLoop.makePromise()
        made = ChannelPipeline(channel: self)
    }

    package var pipeline: ChannelPipeline {
        guard let made else { preconditionFailure("a channel has its pipeline from its beginning") }
        return made
    }

    /// Opens it, when its handlers are there. Event loop only.
    package func begin() {
        eventLoop.assertInEventLoop()
        isActive = true
        let failed = onLoop { $0.pull(all: true) }
        stream.onFailure { _ in failed() }
        pipeline.fireChannelRegistered()
        pipeline.fireChannelActive()
    }

    /// Ends it as one ends who has nothing more to say: the other side may close too, for a while. Event loop only.
    package func leave() {
        guard isActive else { return }
        guard !hasInputEnded else { return close(promise: nil) }
        isLeft = true
        close(mode: .output, promise: nil)
        read()
        eventLoop.assumeIsolated().scheduleTask(in: Self.grace) { self.close(promise: nil) }
    }

    /// A closure for other threads that runs `body` here, as long as this lives, and never within a call of the stream.
    private func onLoop(_ body: @escaping @Sendable (StreamChannel) -> Void) -> @Sendable () -> Void {
        let loop = eventLoop
        return { [weak self] in
            loop.execute { [weak self] in
                if let self { body(self) }
            }
        }
    }
}

// MARK: - From the stream

extension StreamChannel {
    package func read0() {
        isReadWanted = true
        pull()
    }

    /// - Parameter all: everything that there is, because the stream has failed.
    private func pull(all: Bool = false) {
        guard isReadWanted || all, isActive, !isPulling, !hasInputEnded else { return }
        (isPulling, isReadWanted) = (true, false)
        var count = 0
        defer {
            isPulling = false
            // Asked for by those who were just given something.
            if isReadWanted { eventLoop.assumeIsolated().execute { self.pull() } }
        }
        while isActive, all || count < Self.burst {
            switch stream.nextBytesNow() {
            case .bytes(let bytes):
                count += 1
                received += Int64(bytes.readableBytes)
                if !isLeft { pipeline.fireChannelRead(bytes) }
            case .ended:
                hasInputEnded = true
                if count > 0 { pipeline.fireChannelReadComplete() }
                pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
                if isLeft || isFinished { close(promise: nil) }
                return
            case .failed(let failure):
                if count > 0 { pipeline.fireChannelReadComplete() }
                pipeline.fireErrorCaught(failure)
                return close(promise: nil)
            case .nothing:
                if count > 0 { return complete() }
                if isWaitingToRead { return }
                let told = onLoop { channel in
                    channel.isWaitingToRead = false
                    channel.read0()
                }
                isWaitingToRead = stream.whenReadable(told)
                if isWaitingToRead { return }
            }
        }
        complete()
    }

    private func complete() {
        guard isActive else { return }
        pipeline.fireChannelReadComplete()
        if isLeft { isReadWanted = true }
    }
}

// MARK: - Into the stream

extension StreamChannel {
    package func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isActive, finishing == nil, !isFinished else { return promise.fail(ChannelError.ioOnClosedChannel) }
        guard let bytes = tryUnwrapData(data, as: ByteBuffer.self) else {
            promise.fail(ChannelError.operationUnsupported)
            return
        }
        outgoing.append((bytes, promise))
        waiting += bytes.readableBytes
        guard isWritable, waiting > Self.high else { return }
        isWritable = false
        pipeline.fireChannelWritabilityChanged()
    }

    package func flush0() {
        flushed = outgoing.count
        push()
    }

    private func push() {
        while flushed > 0, isActive, !isWaitingToWrite {
            gather()
            let bytes = outgoing[outgoing.startIndex].bytes
            guard bytes.readableBytes == 0 || stream.sendRawNow(bytes) else {
                isWaitingToWrite = stream.whenWritable(
                    onLoop {
                        $0.isWaitingToWrite = false
                        $0.push()
                    })
                // There is room again meanwhile, or the stream has failed, and says so by itself.
                if isWaitingToWrite || !stream.sendRawNow(bytes) { return }
                took(bytes.readableBytes)
                continue
            }
            took(bytes.readableBytes)
        }
        guard isActive, outgoing.isEmpty, let told = finishing else { return }
        finishing = nil
        isFinished = true
        stream.finish()
        told.succeed()
        if hasInputEnded { close(promise: nil) }
    }

    private func took(_ count: Int) {
        let promise = outgoing.removeFirst().promise
        flushed -= 1
        waiting -= count
        sent += Int64(count)
        promise?.succeed()
        guard !isWritable, waiting <= Self.low else { return }
        isWritable = true
        pipeline.fireChannelWritabilityChanged()
    }

    /// Makes one of the small pieces at the front.
    private func gather() {
        while flushed > 1 {
            let (first, second) = (outgoing.startIndex, outgoing.index(after: outgoing.startIndex))
            guard outgoing[first].promise == nil,
                outgoing[first].bytes.readableBytes + outgoing[second].bytes.readableBytes <= Self.piece
            else { return }
            var bytes = outgoing.removeFirst().bytes
            flushed -= 1
            bytes.writeImmutableBuffer(outgoing[outgoing.startIndex].bytes)
            outgoing[outgoing.startIndex].bytes = bytes
        }
    }
}

// MARK: - The end

extension StreamChannel {
    package func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isActive else { return promise.fail(ChannelError.alreadyClosed) }
        switch mode {
        case .input: promise.fail(ChannelError.operationUnsupported)
        case .output:
            guard !isFinished else { return promise.fail(ChannelError.outputClosed) }
            let told = finishing ?? eventLoop.makePromise()
            finishing = told
            told.futureResult.cascade(to: promise)
            flush0()
        case .all:
            isActive = false
            if !(hasInputEnded && isFinished) { stream.reset(.aborted, "the connection was closed") }
            for left in outgoing { left.promise?.fail(error) }
            outgoing.removeAll()
            finishing?.fail(error)
            promise?.succeed()
            // In a turn of its own, because handlers close what calls them.
            eventLoop.assumeIsolated().execute {
                self.pipeline.fireChannelInactive()
                self.pipeline.fireChannelUnregistered()
                self.removeHandlers(pipeline: self.pipeline)
                self.closePromise.succeed()
            }
        }
    }
}

extension EventLoopPromise<Void>? {
    fileprivate func fail(_ error: any Error) { self?.fail(error) }
}
