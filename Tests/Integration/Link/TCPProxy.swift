import NIOCore
import NIOPosix
import Synchronization
import TestKit

/// Passes TCP connections on, and can swallow their bytes or break them without a word of TLS.
final class TCPProxy: Sendable {
    private let server: any Channel
    private let fate: Fate

    final class Fate: Sendable {
        let swallows = Mutex(false)
        let channels = Recorder<any Channel>()
    }

    static func with(to target: SocketAddress, _ body: (TCPProxy) async throws -> Void) async throws {
        let fate = Fate()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                ClientBootstrap(group: child.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            try far.pipeline.syncOperations.addHandler(Relay(to: child, fate))
                        }
                    }
                    .connect(to: target)
                    .flatMapThrowing { far in
                        fate.channels.add(child)
                        fate.channels.add(far)
                        try child.pipeline.syncOperations.addHandler(Relay(to: far, fate))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = TCPProxy(server: server, fate: fate)
        do {
            try await body(proxy)
        } catch {
            await proxy.close()
            throw error
        }
        await proxy.close()
    }

    private init(server: any Channel, fate: Fate) {
        self.server = server
        self.fate = fate
    }

    private func close() async {
        try? await server.close().get()
        cut()
    }

    var port: Int { server.localAddress?.port ?? 0 }

    /// From now on nothing gets through, and nobody is told.
    func swallow() { fate.swallows.withLock { $0 = true } }

    /// Breaks every connection.
    func cut() { for channel in fate.channels.all { channel.close(promise: nil) } }

    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel
        private let fate: Fate

        init(to other: any Channel, _ fate: Fate) {
            self.other = other
            self.fate = fate
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !fate.swallows.withLock({ $0 }) else { return }
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
