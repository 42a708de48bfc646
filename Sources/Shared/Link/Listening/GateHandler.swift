import CallProtocol
import NIOCore

/// Takes a connection that has a place through the ``HandshakeGate``: holds its first bytes back until its turn, and makes
/// nothing for it before. A connection that says nothing, or gets no turn, is closed in time.
final class GateHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// Makes the handlers of a connection whose turn it is. - Parameter left: what is left of the time it has.
    typealias Opening = (_ turn: GateHandler, _ left: TimeAmount) throws -> [any ChannelHandler]

    private enum Phase {
        /// Read from, because silence costs nothing.
        case silent
        /// Has spoken; nothing more is read until its turn.
        case waiting(ByteBuffer)
        /// Has its turn, or had it.
        case open
        case gone
    }

    private let place: GatePlace
    private var gate: HandshakeGate { place.gate }
    private var address: HostAddress { place.address }
    private let limit: TimeAmount
    private var opening: Opening?
    private var phase = Phase.silent
    private var context: ChannelHandlerContext?
    private var deadline: (end: NIODeadline, task: Scheduled<Void>)?
    private var hasTurn = false
    /// What it waits by.
    private var number: UInt64?
    private var wantsRead = false

    /// - Parameters:
    ///   - place: given back when the peer is known, or with the end of the connection.
    ///   - limit: how long the connection may be a stranger's that has not had its turn.
    init(_ place: GatePlace, within limit: TimeAmount, opening: @escaping Opening) {
        self.place = place
        self.limit = limit
        self.opening = opening
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = (
            context.eventLoop.now + limit,
            context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] () -> Void in self?.giveUp() }
        )
    }

    private func giveUp() {
        switch phase {
        case .silent, .waiting: context?.close(promise: nil)
        case .open, .gone: break
        }
    }

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
            self.number = nil
            self.hasTurn = true
            self.open(context, bytes)
        }
    }

    private func open(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        phase = .open
        let left = deadline.map { max(.nanoseconds(1), $0.end - context.eventLoop.now) } ?? limit
        deadline?.task.cancel()
        deadline = nil
        do {
            if let handlers = try opening?(self, left) { try context.pipeline.syncOperations.addHandlers(handlers) }
        } catch {
            return context.close(promise: nil)
        }
        opening = nil
        context.fireChannelRead(wrapInboundOut(bytes))
        context.fireChannelReadComplete()
        if wantsRead { context.read() }
    }

    /// The HELLO was judged, or the connection is gone: others may go on.
    func settle() {
        if hasTurn {
            hasTurn = false
            gate.leave(address)
        }
    }

    /// The peer is known, or the connection is gone: others may come.
    func depart(isAdmitted: Bool) {
        settle()
        place.giveBack(isAdmitted: isAdmitted)
    }

    /// Has nothing more to do: the peer is known. What passes need not pass through here any more.
    func withdraw() {
        depart(isAdmitted: true)
        guard let context else { return }
        let loop = context.eventLoop.assumeIsolated()
        // In a turn of its own: what comes now comes through here.
        loop.execute { [weak self] in
            guard let context = self?.context else { return }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
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
        opening = nil
        deadline?.task.cancel()
        if let number { gate.withdraw(number) }
        number = nil
        depart(isAdmitted: false)
    }
}

/// Tells the gate what became of a connection's HELLO.
final class GatedDelegate: LinkDelegate {
    private let inner: any LinkDelegate
    /// Nil when the peer is known.
    private var turn: GateHandler?

    init(_ inner: any LinkDelegate, turn: GateHandler) {
        self.inner = inner
        self.turn = turn
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { inner.linkJudges(hello, from: peer) }

    func linkIsReady(_ link: Link) {
        // Anybody may ask to enrol: such a link is a stranger's to its end.
        if link.hello.role == .enrol { turn?.settle() } else { turn.take()?.withdraw() }
        inner.linkIsReady(link)
    }

    func linkOpened(_ stream: LinkStream, on link: Link) { inner.linkOpened(stream, on: link) }

    func linkEnded(_ link: Link?, _ end: LinkEnd) {
        turn.take()?.depart(isAdmitted: false)
        inner.linkEnded(link, end)
    }
}
