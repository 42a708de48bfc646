import Crypto
import Harness
import Link
import NIOCore
import NIOPosix
import NIOSSL
import Processes

/// The peer of a storm: as many bare TLS connections, each with a key of its own, all dialled at once and kept.
///
/// Contexts and certificates are made beforehand: only connecting and handshakes are measured.
enum BareStorm {
    /// Connections that are being made at once: as many as the other side's queue takes without losing one.
    private static let inFlight = 1_024

    /// Answers `dial` with `all STARTED DONE`, nanoseconds of the monotonic clock, and `drop` with `gone`.
    static func run(address: String, roster: String) async throws {
        DescriptorLimit.raise()
        guard let address = HostPort(address) else { throw Misuse() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let contexts = try StormRoster(path: roster).entries.map { try BareTLS.client($0.key.privateKey) }
        LoadCommands.announce("ready")
        var open: [any Channel] = []
        for await line in LoadCommands.lines() {
            switch line {
            case "dial":
                let started = LoadLoop.now()
                open = try await dial(address, contexts, group)
                LoadCommands.announce("all \(started) \(LoadLoop.now())")
            case "drop":
                for channel in open { try? await channel.close().get() }
                open = []
                LoadCommands.announce("gone")
            default: Complaint.say("bare: `\(line)` is not known")
            }
        }
    }

    private static func dial(
        _ address: HostPort, _ contexts: [NIOSSLContext], _ group: MultiThreadedEventLoopGroup
    ) async throws -> [any Channel] {
        try await withThrowingTaskGroup(of: (any Channel).self) { tasks in
            var open: [any Channel] = []
            for (number, context) in contexts.enumerated() {
                if number >= inFlight, let channel = try await tasks.next() { open.append(channel) }
                tasks.addTask { try await dial(address, context, group.next()) }
            }
            for try await channel in tasks { open.append(channel) }
            return open
        }
    }

    private static func dial(
        _ address: HostPort, _ context: NIOSSLContext, _ loop: any EventLoop
    ) async throws -> any Channel {
        let greeted = loop.makePromise(of: Void.self)
        let connecting = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil) { _, promise in
                        promise.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandlers(tls, Listener(greeted))
                }
            }
            .connect(host: address.host, port: address.port)
        connecting.whenFailure { greeted.fail($0) }
        let channel = try await connecting.get()
        try await greeted.futureResult.get()
        return channel
    }
}

/// Waits for the first byte.
private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let greeted: EventLoopPromise<Void>

    init(_ greeted: EventLoopPromise<Void>) {
        self.greeted = greeted
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { greeted.succeed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        greeted.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        greeted.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}
