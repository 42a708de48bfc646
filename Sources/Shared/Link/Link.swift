package import CallProtocol
package import NIOCore
import Synchronization

/// A link that is ready: one TLS connection carrying many streams. One-shot; reconnecting lives a level up.
package final class Link: Sendable {
    /// What the peer said of itself.
    package let hello: Hello
    /// Who the peer is, by its key.
    package let peer: PeerIdentity
    package let eventLoop: any EventLoop
    private let channel: any Channel
    private let handler: NIOLoopBound<LinkHandler>
    private let assembly: AssemblyBudget
    private let ended: EventLoopPromise<LinkEnd>
    private let accepted: EventLoopPromise<Void>
    private let parted: EventLoopPromise<GoAway?>
    private let draining = Mutex<GoAway?>(nil)
    private let over = Mutex(false)

    init(hello: Hello, peer: PeerIdentity, channel: any Channel, handler: LinkHandler, assembly: AssemblyBudget) {
        self.hello = hello
        self.peer = peer
        self.channel = channel
        self.eventLoop = channel.eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.assembly = assembly
        ended = channel.eventLoop.makePromise()
        accepted = channel.eventLoop.makePromise()
        parted = channel.eventLoop.makePromise()
        if handler.machine.side == .listener { accepted.succeed() }
    }

    /// Why the link ended, once it has.
    package var end: EventLoopFuture<LinkEnd> { ended.futureResult }

    /// On the dialler's side: the listener has answered our HELLO with something other than GOAWAY.
    package var isAccepted: EventLoopFuture<Void> { accepted.futureResult }

    /// The GOAWAY that was sent or received, while the live streams finish.
    package var farewell: GoAway? { draining.withLock { $0 } }

    /// The same for who waits for it: the GOAWAY as soon as there is one, nil when the link ends without.
    package var parting: EventLoopFuture<GoAway?> { parted.futureResult }

    /// Opens a stream for a task. Nothing waits: a refusal shows as the stream's failure.
    ///
    /// - Parameter opening: the first bytes, sent together with OPEN.
    package func open(_ opening: ByteBuffer? = nil) -> AsyncLinkStream {
        let stream = AsyncLinkStream(eventLoop: eventLoop, assembly: assembly, opening: opening)
        let open: @Sendable () -> Void = { [handler] in
            do throws(StreamFailure) {
                let raw = try handler.value.openStream()
                stream.bind(raw)
            } catch {
                stream.streamFailed(error)
            }
        }
        if eventLoop.inEventLoop { open() } else { eventLoop.execute(open) }
        return stream
    }

    /// Opens a stream whose consumer lives on the event loop. Event loop only.
    package func openOnLoop() throws(StreamFailure) -> LinkStream {
        eventLoop.preconditionInEventLoop()
        return try handler.value.openStream()
    }

    /// No new streams; closes when the live ones are done, after `limit` at the latest, without one after 60 s. A link
    /// that drains already takes a new limit.
    package func drain(_ goAway: GoAway, within limit: TimeAmount? = nil) {
        eventLoop.execute { [handler] in handler.value.drain(goAway, within: limit) }
    }

    /// How long nothing has come from the peer, also just after the end. Event loop only.
    package var silence: TimeAmount {
        eventLoop.preconditionInEventLoop()
        return handler.value.silence
    }

    /// Says why and closes at once.
    package func dismiss(_ goAway: GoAway) {
        eventLoop.execute { [handler] in handler.value.dismiss(goAway) }
    }

    /// Closes at once, without a word.
    package func abort() {
        eventLoop.execute { [handler] in handler.value.close(.aborted) }
    }

    /// The smoothed time from PING to PONG, once one came back.
    package func roundTrip() -> EventLoopFuture<TimeAmount?> {
        eventLoop.submit { [handler] in handler.value.timers.roundTrip }
    }

    /// How many streams are open, of both sides.
    package func streamCount() -> EventLoopFuture<Int> {
        eventLoop.submit { [handler] in handler.value.streams.count }
    }

    func markAccepted() { accepted.succeed() }

    func markDraining(_ goAway: GoAway) {
        draining.withLock { $0 = goAway }
        parted.succeed(goAway)
    }

    /// Whether the link is over.
    package var hasEnded: Bool { over.withLock { $0 } }

    func markEnded(_ end: LinkEnd) {
        over.withLock { $0 = true }
        parted.succeed(nil)
        ended.succeed(end)
        accepted.fail(end.streamFailure)
    }
}

extension Link: StreamOpener {
    package func openStream(_ opening: ByteBuffer) -> any CallStream { open(opening) }
}
