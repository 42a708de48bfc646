package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How connections are set up that are relayed, on either side.
package enum ConnectionOptions {
    /// What the handler is called that encrypts a connection, if one does.
    package static let encryption = "encryption"
    /// Bytes that may wait for the connection, and below which more is taken.
    static let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)
    /// Bytes that are read at once: few where little comes, so that many idle connections cost little, and never more than stay
    /// in a core's cache on their way.
    static let reads = AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 4 << 10, maximum: 64 << 10)

    /// To be read only when asked, with its two directions ending each by itself. Event loop only.
    package static func set(on channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.autoRead, value: false)
        try options.setOption(.allowRemoteHalfClosure, value: true)
        try options.setOption(.writeBufferWaterMark, value: watermark)
        try options.setOption(.recvAllocator, value: reads)
    }

    /// What the system keeps for a connection: that it is looked after while it is silent, and reset when it is closed before its
    /// end. Small writes wait for nothing, which is NIO's own setting. Set on what listens, all that it takes have it from there.
    /// Event loop only.
    package static func setSocket(of channel: any Channel) throws {
        try channel.syncOptions?.setOption(.socketOption(.so_keepalive), value: 1)
        setReset(true, onCloseOf: channel)
    }

    /// Says whether a close is a reset, which it is from the beginning: what is cut off, also by the end of this process, shall
    /// not look whole.
    package static func setReset(_ isReset: Bool, onCloseOf channel: any Channel) {
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: isReset ? 1 : 0, l_linger: 0))
    }
}
