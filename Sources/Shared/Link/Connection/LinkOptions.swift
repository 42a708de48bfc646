import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// The socket options of every link, on either side.
enum LinkOptions {
    static let notSentLowWater = 128 * 1024
    static let userTimeoutMilliseconds = 30_000
    static let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 128 * 1024, high: 512 * 1024)
    /// What is read at once goes through several copies, which are cheap while all of it stays in a core's cache.
    static let receive = AdaptiveRecvByteBufferAllocator(minimum: 2 * 1024, initial: 2 * 1024, maximum: 64 * 1024)

    /// Gives a connection that was accepted its options. Its event loop only.
    static func set(on channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try options.setOption(.writeBufferWaterMark, value: watermark)
        try options.setOption(.recvAllocator, value: receive)
        for (option, value) in extra { try options.setOption(option, value: value) }
    }

    /// Options that only Linux names; elsewhere the defaults serve.
    static var extra: [(ChannelOptions.Types.SocketOption, ChannelOptions.Types.SocketOption.Value)] {
        #if os(Linux)
            [
                (.init(level: .tcp, name: .init(rawValue: TCP_NOTSENT_LOWAT)), notSentLowWater),
                (.init(level: .tcp, name: .init(rawValue: TCP_USER_TIMEOUT)), userTimeoutMilliseconds),
            ]
        #else
            []
        #endif
    }
}

extension ClientBootstrap {
    func linkOptions() -> ClientBootstrap {
        var bootstrap = channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: LinkOptions.watermark)
            .channelOption(.recvAllocator, value: LinkOptions.receive)
        for (option, value) in LinkOptions.extra { bootstrap = bootstrap.channelOption(option, value: value) }
        return bootstrap
    }
}
