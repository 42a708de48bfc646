import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a connection says first.
extension ConnectionRelay {
    /// Bytes of it that are read at once.
    private static let first = 4 << 10

    /// Reads what the other side said right behind its connecting. It is there already, mostly, and leaves with the session's
    /// opening, where the event loop would bring it a turn later.
    func readFirst(_ context: ChannelHandlerContext) {
        var bytes = context.channel.allocator.buffer(capacity: Self.first)
        let failure = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { socket -> CInt in
            var failure: CInt = 0
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.first) { room in
                let count = recv(socket, room.baseAddress, room.count, 0)
                if count < 0 { failure = errno }
                return max(0, count)
            }
            return failure
        }
        // An end is found again by whoever reads next; a failure is not.
        if let failure, ![0, EAGAIN, EINTR].contains(failure) {
            errorCaught(context: context, error: IOError(errnoCode: failure, reason: "recv"))
        } else if bytes.readableBytes > 0 {
            channelRead(context: context, data: NIOAny(bytes))
        }
    }
}
