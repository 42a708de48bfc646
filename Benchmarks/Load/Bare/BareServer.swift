import Harness
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Processes

/// The peer of a hub's admission: takes TLS connections and keeps them, with as many threads.
enum BareServer {
    /// Announces `ADDRESS`, and serves until stdin ends.
    static func run() async throws {
        DescriptorLimit.raise()
        let context = try BareTLS.server()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount))
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified) },
                        Greeter())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        LoadCommands.announce("127.0.0.1:\(channel.localAddress?.port ?? 0)")
        await LoadCommands.untilTold()
    }
}

/// Says one byte when the handshake is complete, so that the other side knows too.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(integer: UInt8(1))), promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
