import CallProtocol
import Link
import NIOCore
import NIOPosix
import Synchronization
import TestKit

/// A listener on a port of its own that notes what comes; accepted streams wait in ``inbox``.
final class LoopbackHub: Sendable {
    let key: PeerKey
    let gate: HandshakeGate
    let inbox = StreamInbox()
    /// Links that became ready, in order.
    let links = Recorder<Link>()
    /// Who was asked about at HELLO.
    let judged = Recorder<PeerIdentity>()
    let ends = Recorder<LinkEnd>()
    private let verdict = Mutex<GoAway?>(nil)
    private let statements = Mutex<[Hello.KeyStatement]>([])
    private let listener = Mutex<LinkListener?>(nil)

    private init(key: PeerKey, gate: HandshakeGate) {
        self.key = key
        self.gate = gate
    }

    static func with(
        key: PeerKey = PeerKey(), gate: HandshakeGate = HandshakeGate(), settings: LinkSettings = LinkSettings(),
        statements: [Hello.KeyStatement] = [], _ body: (LoopbackHub) async throws -> Void
    ) async throws {
        let hub = LoopbackHub(key: key, gate: gate)
        hub.statements.withLock { $0 = statements }
        let listener = try await LinkListener.bind(
            HostPort(host: "127.0.0.1", port: 0), key: key, group: MultiThreadedEventLoopGroup.singleton,
            settings: settings, gate: gate, hello: { hub.hello }, delegate: { HubDelegate(hub) })
        hub.listener.withLock { $0 = listener }
        do {
            try await body(hub)
        } catch {
            await hub.close()
            throw error
        }
        await hub.close()
    }

    private func close() async {
        await listener.withLock { $0 }?.close()
        for link in links.all {
            link.abort()
            _ = try? await link.end.get()
        }
    }

    private var hello: Hello {
        var hello = Hello(software: "loopback", role: .hub, instance: Hex.random(16))
        hello.maxStreams = 4_096
        hello.keyStatements = statements.withLock { $0 }
        return hello
    }

    var address: HostPort { listener.withLock { $0?.address } ?? HostPort(host: "127.0.0.1", port: 1) }

    /// From now on every HELLO is refused with this, or accepted again.
    func refuse(_ goAway: GoAway?) { verdict.withLock { $0 = goAway } }

    fileprivate func judge(_ peer: PeerIdentity) -> GoAway? {
        judged.add(peer)
        return verdict.withLock { $0 }
    }

    /// A dialler that trusts this hub, or whom it is told to.
    func dialler(
        key: PeerKey = PeerKey(), pins: Set<Fingerprint>? = nil, settings: LinkSettings = LinkSettings()
    ) -> LinkDialler {
        LinkDialler(
            key: key, pins: HubPins(pins ?? [self.key.fingerprint]), group: MultiThreadedEventLoopGroup.singleton,
            settings: settings)
    }

    static var spokeHello: Hello {
        var hello = Hello(software: "loopback", role: .spoke, instance: Hex.random(16))
        hello.maxStreams = 4_096
        return hello
    }

    /// Dials, runs `body` with both ends and ends the link.
    func withLink(
        settings: LinkSettings = LinkSettings(), at address: HostPort? = nil,
        accept: @escaping @Sendable (LinkStream, Link) -> Void = { _, _ in },
        _ body: (Link) async throws -> Void
    ) async throws {
        let link = try await dialler(settings: settings).dial(
            [address ?? self.address], hello: Self.spokeHello, accept: accept)
        do {
            try await link.isAccepted.get()
            try await body(link)
        } catch {
            link.abort()
            throw error
        }
        link.abort()
        _ = try await link.end.get()
    }
}

private final class HubDelegate: LinkDelegate {
    private let hub: LoopbackHub

    init(_ hub: LoopbackHub) { self.hub = hub }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { hub.judge(peer) }
    func linkIsReady(_ link: Link) { hub.links.add(link) }
    func linkOpened(_ stream: LinkStream, on link: Link) { hub.inbox.accept(stream, link) }
    func linkEnded(_ link: Link?, _ end: LinkEnd) { hub.ends.add(end) }
}
