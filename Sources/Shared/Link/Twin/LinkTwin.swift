package import CallProtocol
package import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Two ends of a link in one process, over a socket pair without TLS: everything else is the real thing.
package enum LinkTwin {
    /// One end's part in the pair.
    package struct End: Sendable {
        package var hello: Hello
        package var identity: PeerIdentity
        package var settings: LinkSettings
        package var delegate: @Sendable () -> any LinkDelegate

        package init(
            hello: Hello, identity: PeerIdentity, settings: LinkSettings = LinkSettings(),
            delegate: @escaping @Sendable () -> any LinkDelegate
        ) {
            self.hello = hello
            self.identity = identity
            self.settings = settings
            self.delegate = delegate
        }
    }

    /// Joins the two ends; each sees the other's identity as proved.
    /// - Throws: the system's error when no socket pair can be had.
    package static func connect(dialler: End, listener: End, on group: any EventLoopGroup) async throws {
        var sockets: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &sockets) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        try await attach(sockets[0], .dialler, dialler, peer: listener.identity, on: group)
        try await attach(sockets[1], .listener, listener, peer: dialler.identity, on: group)
    }

    private static func attach(
        _ socket: Int32, _ side: LinkStateMachine.Side, _ end: End, peer: PeerIdentity, on group: any EventLoopGroup
    ) async throws {
        _ = try await ClientBootstrap(group: group)
            .channelOption(.writeBufferWaterMark, value: LinkOptions.watermark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = LinkHandler(
                        side: side, hello: end.hello, settings: end.settings, delegate: end.delegate(),
                        budget: WindowBudget(), peer: peer)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .withConnectedSocket(socket).get()
    }
}
