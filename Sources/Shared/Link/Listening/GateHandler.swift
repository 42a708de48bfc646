import CallProtocol
import NIOCore

/// Takes a connection that has a place through the ``HandshakeGate``: holds its first bytes back until its turn.
final class GateHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private enum Phase {
        /// Read from, because silence costs nothing.
        case silent
        /// Has spoken; nothing more is read until its turn.
        case waiting(ByteBuffer)
        /// Has its turn, or had it.
        case open
        case gone
    }

    private let gate: HandshakeGate
    private var phase = Phase.silent
    private let address: HostAddress
    private var context: ChannelHandlerContext?
    private var hasPlace = true
    private var hasTurn = false
    /// What it waits by.
    private var number: UInt64?
    private var wantsRead = false

    /// The handler of a connection for which there is a place; where there is none the connection is closed.
    ///
    /// Asked before anything else is made for the connection: in a storm most that come are turned away a few times.
    static func admit(_ channel: any Channel, through gate: HandshakeGate) -> GateHandler? {
        let address = HostAddress(channel.remoteAddress)
        guard gate.arrive(address) else {
            channel.close(promise: nil)
            return nil
        }
        return GateHandler(gate: gate, address: address)
    }

    /// - Parameter address: whose place was taken; it is given back with the end of the connection, or of this object.
    private init(gate: HandshakeGate, address: HostAddress) {
        self.gate = gate
        self.address = address
    }

    deinit { if hasPlace { gate.depart(address) } }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func read(context: ChannelHandlerContext) {
        if case .waiting = phase { wantsRead = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .silent:
            phase = .waiting(unwrapInboundIn(data))
            awaitTurn(context)
        case .waiting(var bytes):
            var more = unwrapInboundIn(data)
            bytes.writeBuffer(&more)
            phase = .waiting(bytes)
        case .open: context.fireChannelRead(data)
        case .gone: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .waiting = phase { return }
        context.fireChannelReadComplete()
    }

    private func awaitTurn(_ context: ChannelHandlerContext) {
        let (turn, number) = gate.enter(address, on: context.eventLoop)
        self.number = number
        // The gate outlives the handler: a turn that comes for a connection that is gone must go to the next one.
        turn.assumeIsolated().whenSuccess { [weak self, gate, address] in
            guard let self, case .waiting(let bytes) = self.phase, let context = self.context else {
                return gate.leave(address)
            }
            self.phase = .open
            self.number = nil
            self.hasTurn = true
            context.fireChannelRead(self.wrapInboundOut(bytes))
            context.fireChannelReadComplete()
            if self.wantsRead { context.read() }
        }
    }

    /// The HELLO was judged, or the connection is gone: others may go on.
    func settle() {
        if hasTurn {
            hasTurn = false
            gate.leave(address)
        }
    }

    /// The peer is known, or the connection is gone: others may come.
    func depart() {
        settle()
        if hasPlace {
            hasPlace = false
            gate.depart(address)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        phase = .gone
        context = nil
        if let number { gate.withdraw(number) }
        number = nil
        depart()
    }
}

/// Tells the gate what became of a connection's HELLO.
final class GatedDelegate: LinkDelegate {
    private let inner: any LinkDelegate
    private let turn: GateHandler

    init(_ inner: any LinkDelegate, turn: GateHandler) {
        self.inner = inner
        self.turn = turn
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { inner.linkJudges(hello, from: peer) }

    func linkIsReady(_ link: Link) {
        // Anybody may ask to enrol: such a link is a stranger's to its end.
        if link.hello.role == .enrol { turn.settle() } else { turn.depart() }
        inner.linkIsReady(link)
    }

    func linkOpened(_ stream: LinkStream, on link: Link) { inner.linkOpened(stream, on: link) }

    func linkEnded(_ link: Link?, _ end: LinkEnd) {
        turn.depart()
        inner.linkEnded(link, end)
    }
}
