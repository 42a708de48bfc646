import CallProtocol
import NIOCore
import Synchronization

/// Admits handshakes through a bounded queue, so that a hub that comes back to thousands of spokes recovers.
///
/// At most `concurrent` connections are between accept and HELLO at work; up to `waiting` more are accepted and not
/// read from until their turn; beyond that a connection is closed at once.
package final class HandshakeGate: Sendable {
    private let concurrent: Int
    private let waiting: Int
    private let state = Mutex(State())

    private struct State {
        var active = 0
        var queue = CircularBuffer<EventLoopPromise<Void>>()
        var refused = 0
    }

    package init(concurrent: Int = 64, unauthenticated: Int = 1_024) {
        self.concurrent = concurrent
        waiting = max(0, unauthenticated - concurrent)
    }

    /// How many connections were turned away since the start.
    package var refused: Int { state.withLock { $0.refused } }

    /// Asks for a turn: nil when there is no room, else a future that succeeds when the handshake may begin.
    func enter(on eventLoop: any EventLoop) -> EventLoopFuture<Void>? {
        state.withLock { state -> EventLoopFuture<Void>? in
            if state.active < concurrent {
                state.active += 1
                return eventLoop.makeSucceededVoidFuture()
            }
            guard state.queue.count < waiting else {
                state.refused += 1
                return nil
            }
            let turn = eventLoop.makePromise(of: Void.self)
            state.queue.append(turn)
            return turn.futureResult
        }
    }

    /// Gives a turn back: the handshake is done or given up.
    func leave() {
        let next = state.withLock { state -> EventLoopPromise<Void>? in
            if let next = state.queue.popFirst() { return next }
            state.active -= 1
            return nil
        }
        next?.succeed()
    }
}

/// Holds reads back until the gate gives a turn, and gives the turn back when the link is ready or gone.
final class GateHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let gate: HandshakeGate
    private var isOpen = false
    private var holdsTurn = false
    private var isGone = false
    private var wantsRead = false

    init(gate: HandshakeGate) {
        self.gate = gate
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard let turn = gate.enter(on: context.eventLoop) else {
            context.close(promise: nil)
            return
        }
        // The gate outlives the handler: a turn that comes for a connection that is gone must go to the next one.
        turn.assumeIsolated().whenSuccess { [weak self, gate] in
            guard let self, !self.isGone else { return gate.leave() }
            self.isOpen = true
            self.holdsTurn = true
            if self.wantsRead { context.read() }
        }
    }

    func read(context: ChannelHandlerContext) {
        if isOpen { context.read() } else { wantsRead = true }
    }

    /// The handshake is over, well or not.
    func settle() {
        if holdsTurn {
            holdsTurn = false
            gate.leave()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        settle()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isGone = true
        settle()
    }
}

/// Gives the turn back when the HELLO was judged or the connection is gone.
final class GatedDelegate: LinkDelegate {
    private let inner: any LinkDelegate
    private let turn: GateHandler

    init(_ inner: any LinkDelegate, turn: GateHandler) {
        self.inner = inner
        self.turn = turn
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { inner.linkJudges(hello, from: peer) }

    func linkIsReady(_ link: Link) {
        turn.settle()
        inner.linkIsReady(link)
    }

    func linkOpened(_ stream: LinkStream, on link: Link) { inner.linkOpened(stream, on: link) }

    func linkEnded(_ link: Link?, _ end: LinkEnd) {
        turn.settle()
        inner.linkEnded(link, end)
    }
}
