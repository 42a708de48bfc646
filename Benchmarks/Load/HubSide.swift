import CallProtocol
import Harness
import Link
import NIOCore
import NIOPosix
import Operations

/// A hub reduced to its link: takes one spoke and calls it as fast as it is told to.
enum HubSide {
    /// Calls of the echo, as load commands say.
    static func serveCalls(_ link: Link) async throws {
        let calls = CallClient(link)
        let message = try EchoMessage.ofHarness()
        try await LoadCommands.serve { _ = try await calls.call(EchoOperation.echo, message) }
    }

    /// Sessions with chunks going there and back, as load commands say.
    static func serveStreams(_ link: Link) async throws {
        let calls = CallClient(link)
        try await LoadCommands.serveStreams { inFlight, end in
            try await StreamOperation.run(calls, inFlight: inFlight, until: end)
        }
    }

    /// Announces `ADDRESS FINGERPRINT`, then `ready` when the spoke is there, then does what it is given to do.
    static func run(_ serve: (Link) async throws -> Void) async throws {
        let key = PeerKey()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let (links, feed) = AsyncStream.makeStream(of: Link.self)
        let instance = Hex.random(16)
        let listener = try await LinkListener.bind(
            HostPort(host: "127.0.0.1", port: 0), key: key, group: group,
            hello: { Hello(software: "capstan-bench", role: .hub, instance: instance) },
            delegate: { Welcome(feed) })
        LoadCommands.announce("\(listener.address?.description ?? "") \(key.fingerprint)")
        for await link in links {
            LoadCommands.announce("ready")
            try await serve(link)
            link.abort()
            break
        }
        await listener.close()
    }
}

/// Takes anybody: the benchmark's own spoke is the only one that knows the port.
private final class Welcome: LinkDelegate {
    private let links: AsyncStream<Link>.Continuation

    init(_ links: AsyncStream<Link>.Continuation) {
        self.links = links
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { nil }

    func linkIsReady(_ link: Link) { links.yield(link) }

    func linkOpened(_ stream: LinkStream, on link: Link) { stream.reset(.forbidden, "nothing is served here") }

    func linkEnded(_ link: Link?, _ end: LinkEnd) { links.finish() }
}
