package import CallProtocol
package import NIOCore
import NIOSSL
import NIOTLS

/// The one handler of a link, after TLS: frames in, frames out, streams as plain objects in between.
///
/// It decides with ``LinkStateMachine``, ``ReceiveWindow`` and ``FairWriter`` and acts here: timers, flushes, channel.
package final class LinkHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    let settings: LinkSettings
    let pingClocks: PingClocks
    let localHello: Hello
    private let fixedPeer: PeerIdentity?
    var delegate: (any LinkDelegate)?
    var machine: LinkStateMachine
    private var decoder = FrameDecoder()
    var streams: [UInt32: LinkStream] = [:]
    var openLocal = 0
    var openRemote = 0
    var remoteHello: Hello?
    var link: Link?
    var out: FairWriter
    var context: ChannelHandlerContext?
    var isReading = false
    var isPumpScheduled = false
    var isAcceptedByPeer = false
    /// Whether a drained link waits for its last bytes to leave, and whether they have.
    var isLeaving = false
    var hasLeft = false
    /// Kept for their storage, between two bursts.
    var spareBurst: [ByteBuffer] = []
    var spareSent: [FairWriter.Sent] = []
    var timers = LinkTimers()
    var end: LinkEnd?
    /// Replaced by a small one before the first stream where the peer is not known yet.
    var assembly: AssemblyBudget
    let processBudget: WindowBudget
    var linkBudget: Int
    /// Of the time until both HELLOs, what was left when this was made.
    private let timeToHello: TimeAmount

    /// - Parameters:
    ///   - peer: who the other side is, where no TLS says so (the in-process twin).
    ///   - assembly: what the decoders of all streams may hold together.
    ///   - pingClocks: shared by the links of a process that has many.
    ///   - timeToHello: where the connection has waited before, what is left of ``LinkSettings/handshakeLimit``.
    package init(
        side: LinkStateMachine.Side, hello: Hello, settings: LinkSettings, delegate: any LinkDelegate,
        budget: WindowBudget, assembly: AssemblyBudget = AssemblyBudget(), peer: PeerIdentity? = nil,
        pingClocks: PingClocks = PingClocks(), timeToHello: TimeAmount? = nil
    ) {
        self.settings = settings
        self.pingClocks = pingClocks
        self.timeToHello = timeToHello ?? settings.handshakeLimit
        self.localHello = hello
        self.delegate = delegate
        self.fixedPeer = peer
        self.processBudget = budget
        self.linkBudget = settings.windowBudget
        self.assembly = assembly
        machine = LinkStateMachine(side: side, maximumRemoteStreams: hello.maxStreams)
        out = FairWriter(maximumUnsentControl: settings.maximumUnsentControl)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard context.channel.isActive else { return }
        startHandshakeDeadline(context)
        if fixedPeer != nil { connected() }
    }

    private func startHandshakeDeadline(_ context: ChannelHandlerContext) {
        guard end == nil else { return }
        timers.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeToHello) { [weak self] in
            self?.close(.lost("no HELLO within \(self?.settings.handshakeLimit.seconds ?? 0) s"))
        }
    }

    package func channelActive(context: ChannelHandlerContext) {
        startHandshakeDeadline(context)
        if fixedPeer != nil { connected() }
        context.fireChannelActive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            if negotiated == LinkTLS.protocolName {
                connected()
            } else {
                close(.lost("the other side does not speak \(LinkTLS.protocolName)"))
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard end == nil else { return }
        isReading = true
        timers.lastRead = context.eventLoop.now
        decoder.append(Self.kept(unwrapInboundIn(data)))
        do {
            while end == nil, let frame = try decoder.next() { receive(frame) }
        } catch {
            dismiss(GoAway(code: error.code, reason: error.reason))
        }
    }

    /// Portions of no more bytes are copied.
    private static let few = 4 << 10

    /// What whoever keeps something of a portion may keep: of few bytes a copy, and not the large buffer that they came in. As long
    /// as anybody had a part of that, the next portion would need another, and a few bytes that nobody reads would hold all of it.
    private static func kept(_ portion: ByteBuffer) -> ByteBuffer {
        portion.readableBytes <= few ? ByteBuffer(bytes: portion.readableBytesView) : portion
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        pump()
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump() }
        context.fireChannelWritabilityChanged()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        finish(.lost("the connection was closed by the other side"))
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.lost(NetworkReason.text(error)))
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finish(.lost("the connection was closed"))
        self.context = nil
    }

    /// TLS is up: from here on writing is allowed. The listener speaks first.
    private func connected() {
        guard machine.phase == .connecting else { return }
        machine.connected()
        timers.lastRead = context?.eventLoop.now ?? .now()
        if machine.side == .listener { sendHello() }
    }

    func sendHello() {
        guard let json = try? JSONCoding.encode(localHello) else {
            return close(.lost("the HELLO could not be written"))
        }
        out.control(.hello(json.buffer))
        pump()
    }

    /// The identity the connection proved; nil where it showed no usable key.
    func provenPeer() -> PeerIdentity? {
        if let fixedPeer { return fixedPeer }
        guard
            let context,
            let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self),
            let certificate = tls.peerCertificate,
            let spki = try? certificate.extractPublicKey().toSPKIBytes()
        else { return nil }
        let address = context.remoteAddress
        return PeerIdentity(
            fingerprint: Fingerprint(spki: spki), spki: spki, address: address?.ipAddress ?? address?.description ?? "?"
        )
    }
}

extension TimeAmount {
    /// Whole and part seconds.
    package var seconds: Double { Double(nanoseconds) / 1e9 }
}
