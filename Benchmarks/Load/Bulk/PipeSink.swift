import Harness
import NIOCore
import NIOPosix
import NIOSSL

/// A bare TLS pipe's receiving end.
enum PipeSink {
    /// Connects and stays until stdin ends.
    static func run(port: String) async throws {
        guard let port = Int(port) else { throw Misuse() }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        tls.certificateVerification = .none
        let context = try NIOSSLContext(configuration: tls)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: PipeOptions.watermark)
            .channelOption(.recvAllocator, value: PipeOptions.receive)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        NIOSSLClientHandler(context: context, serverHostname: nil), Drain())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        await LoadCommands.untilTold()
        try await channel.close()
    }

    /// Counts, and answers one byte when all that a header announced has come.
    private final class Drain: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var left = 0
        private var header = ByteBuffer()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            if left == 0 {
                header.writeBuffer(&bytes)
                guard let announced = header.readInteger(as: UInt64.self) else { return }
                left = Int(announced)
                swap(&bytes, &header)
                header = ByteBuffer()
            }
            left -= bytes.readableBytes
            if left == 0 { context.writeAndFlush(wrapOutboundOut(ByteBuffer(integer: UInt8(1))), promise: nil) }
        }
    }
}
