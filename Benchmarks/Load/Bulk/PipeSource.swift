import Harness
import NIOCore
import NIOPosix
import NIOSSL

/// A bare TLS pipe's sending end: NIOSSL and nothing above it, what the link is compared with.
enum PipeSource {
    /// Announces the port, takes one connection, announces `ready` and serves ``BulkLoad`` commands; a pipe has one
    /// stream, however many are asked for.
    static func run(certificate: String, key: String) async throws {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        tls.minimumTLSVersion = .tlsv13
        let context = try NIOSSLContext(configuration: tls)
        let (senders, feed) = AsyncStream.makeStream(of: NIOLoopBound<Sender>.self)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: PipeOptions.watermark)
            .childChannelOption(.recvAllocator, value: PipeOptions.receive)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let sender = Sender()
                    try channel.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: context), sender)
                    feed.yield(NIOLoopBound(sender, eventLoop: channel.eventLoop))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        LoadCommands.announce("\(server.localAddress?.port ?? 0)")
        for await sender in senders {
            LoadCommands.announce("ready")
            try await BulkLoad.serve { _, bytes in
                let done = sender.eventLoop.makePromise(of: Void.self)
                sender.eventLoop.execute { sender.value.send(bytes, done) }
                try await done.futureResult.get()
            }
            break
        }
        try await server.close()
    }

    /// Writes as long as the channel takes more, and flushes once for all of it.
    private final class Sender: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = Never
        typealias OutboundOut = ByteBuffer

        private let piece = ByteBuffer(repeating: 0x5A, count: BulkLoad.writeSize)
        private var context: ChannelHandlerContext?
        private var left = 0
        private var isPumping = false
        private var done: EventLoopPromise<Void>?

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func handlerRemoved(context: ChannelHandlerContext) {
            self.context = nil
            done?.fail(ChannelError.ioOnClosedChannel)
        }

        /// Event loop only.
        func send(_ bytes: Int, _ done: EventLoopPromise<Void>) {
            guard let context else { return done.fail(ChannelError.ioOnClosedChannel) }
            self.done = done
            left = bytes
            var header = ByteBuffer()
            header.writeInteger(UInt64(bytes))
            context.write(wrapOutboundOut(header), promise: nil)
            pump(context)
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            pump(context)
            context.fireChannelWritabilityChanged()
        }

        private func pump(_ context: ChannelHandlerContext) {
            // A flush may call back at once; the loop goes on then.
            guard !isPumping else { return }
            isPumping = true
            defer { isPumping = false }
            while left > 0, context.channel.isWritable {
                while left > 0, context.channel.isWritable {
                    let size = min(left, piece.readableBytes)
                    left -= size
                    let next = size == piece.readableBytes ? piece : ByteBuffer(repeating: 0x5A, count: size)
                    context.write(wrapOutboundOut(next), promise: nil)
                }
                context.flush()
            }
        }

        /// One byte says that everything has come.
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            done?.succeed()
            done = nil
        }
    }
}
