import CallProtocol
import Link
import NIOCore
import NIOPosix
import Synchronization
import TestKit

@testable import Agent

/// A listener on loopback that takes spokes up or sends them away, and keeps the links it took.
final class AgentHub: Sendable {
    let key = PeerKey()
    /// The HELLOs of those who dialled, in order.
    let hellos = Recorder<Hello>()
    /// Links that became ready, in order.
    let links = Recorder<Link>()
    private let verdict = Mutex<GoAway?>(nil)
    private let listener = Mutex<LinkListener?>(nil)

    /// Runs `body` with a hub; its port is closed and its links are ended afterwards.
    static func with(_ body: (AgentHub) async throws -> Void) async throws {
        let hub = AgentHub()
        let listener = try await LinkListener.bind(
            HostPort(host: "127.0.0.1", port: 0), key: hub.key, group: MultiThreadedEventLoopGroup.singleton,
            hello: {
                var hello = Hello(software: "agent tests", role: .hub, instance: String(repeating: "0", count: 32))
                hello.maxStreams = 4_096
                return hello
            },
            delegate: { AgentHubDelegate(hub) })
        hub.listener.withLock { $0 = listener }
        let result: Result<Void, any Error>
        do { result = .success(try await body(hub)) } catch { result = .failure(error) }
        await listener.close()
        for link in hub.links.all {
            link.abort()
            _ = try? await link.end.get()
        }
        try result.get()
    }

    /// From now on every HELLO is refused with this, or accepted again.
    func refuse(_ goAway: GoAway?) { verdict.withLock { $0 = goAway } }

    /// A spoke that knows this hub.
    var identity: SpokeIdentity {
        SpokeIdentity(
            key: PeerKey(), peerId: "01JD0000000000000000000001", name: "one", hubFingerprints: [key.fingerprint],
            addresses: [listener.withLock { $0?.address } ?? HostPort(host: "127.0.0.1", port: 1)])
    }

    fileprivate func judge(_ hello: Hello) -> GoAway? {
        hellos.add(hello)
        return verdict.withLock { $0 }
    }
}

private final class AgentHubDelegate: LinkDelegate {
    private let hub: AgentHub

    init(_ hub: AgentHub) { self.hub = hub }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { hub.judge(hello) }
    func linkIsReady(_ link: Link) { hub.links.add(link) }
    func linkOpened(_ stream: LinkStream, on link: Link) { stream.reset(.forbidden, "nothing is served here") }
    func linkEnded(_ link: Link?, _ end: LinkEnd) {}
}
