package import CallProtocol
package import Link
package import NIOCore
import Synchronization

/// A link between two ends in this process, without TLS, on a real event loop.
package struct TwinLinks: Sendable {
    package let dialler: Link
    package let listener: Link

    /// Joins the two and waits until both are ready.
    ///
    /// - Parameter accept: gets the streams that either end is offered, on the event loop.
    package static func connect(
        on group: any EventLoopGroup, settings: LinkSettings = LinkSettings(),
        hello: @Sendable (inout Hello) -> Void = { _ in },
        accept: @escaping @Sendable (LinkStream, Link) -> Void = { _, _ in }
    ) async throws -> TwinLinks {
        let loop = group.next()
        let (one, other) = (loop.makePromise(of: Link.self), loop.makePromise(of: Link.self))
        try await LinkTwin.connect(
            dialler: end(.spoke, settings, hello) { TwinDelegate(one, accept) },
            listener: end(.hub, settings, hello) { TwinDelegate(other, accept) }, on: loop)
        return TwinLinks(dialler: try await one.futureResult.get(), listener: try await other.futureResult.get())
    }

    /// Ends both and waits for it.
    package func close() async {
        dialler.abort()
        listener.abort()
        _ = try? await dialler.end.get()
        _ = try? await listener.end.get()
    }

    private static func end(
        _ role: Hello.Role, _ settings: LinkSettings, _ change: (inout Hello) -> Void,
        delegate: @escaping @Sendable () -> any LinkDelegate
    ) -> LinkTwin.End {
        var hello = Hello(software: "kit", role: role, instance: Hex.random(16))
        change(&hello)
        let key: [UInt8] = [role == .hub ? 1 : 2]
        let identity = PeerIdentity(fingerprint: Fingerprint(spki: key), spki: key, address: "twin")
        return LinkTwin.End(hello: hello, identity: identity, settings: settings, delegate: delegate)
    }
}

/// A peer of no side: accepts any HELLO and says when the link is ready, or why it never was.
package final class TwinDelegate: LinkDelegate {
    private let ready: EventLoopPromise<Link>
    private let accept: @Sendable (LinkStream, Link) -> Void

    package init(_ ready: EventLoopPromise<Link>, _ accept: @escaping @Sendable (LinkStream, Link) -> Void) {
        self.ready = ready
        self.accept = accept
    }

    package func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { nil }
    package func linkIsReady(_ link: Link) { ready.succeed(link) }
    package func linkOpened(_ stream: LinkStream, on link: Link) { accept(stream, link) }
    package func linkEnded(_ link: Link?, _ end: LinkEnd) { ready.fail(end.streamFailure) }
}

/// Takes streams on the event loop and hands them to tasks.
package final class StreamInbox: Sendable {
    private let stream: AsyncStream<AsyncLinkStream>
    private let continuation: AsyncStream<AsyncLinkStream>.Continuation

    package init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    /// For the `accept` of a link.
    package var accept: @Sendable (LinkStream, Link) -> Void {
        { [continuation] stream, _ in continuation.yield(AsyncLinkStream(stream)) }
    }

    /// The next stream that was offered. For one task.
    package func next() async -> AsyncLinkStream? {
        for await offered in stream { return offered }
        return nil
    }
}
