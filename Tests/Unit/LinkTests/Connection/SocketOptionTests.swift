import NIOCore
import NIOPosix
import Testing

@testable import Link

#if canImport(Glibc)
    import Glibc

    @Suite("Sockets of links")
    struct SocketOptionTests {
        @Test("both sides have TCP_NODELAY, a low water mark of 128 KiB and a user timeout of 30 s")
        func options() async throws {
            let group = MultiThreadedEventLoopGroup.singleton
            let accepted = group.next().makePromise(of: (any Channel).self)
            let server = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try LinkOptions.set(on: channel)
                        accepted.succeed(channel)
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let address = try #require(server.localAddress)
            let client = try await ClientBootstrap(group: group).linkOptions().connect(to: address).get()
            for channel in [client, try await accepted.futureResult.get()] {
                #expect(try await value(TCP_NODELAY, of: channel) != 0)
                #expect(try await value(TCP_NOTSENT_LOWAT, of: channel) == 128 * 1024)
                #expect(try await value(TCP_USER_TIMEOUT, of: channel) == 30_000)
            }
            try await client.close().get()
            try await server.close().get()
        }

        private func value(_ name: Int32, of channel: any Channel) async throws -> Int {
            let option = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: name))
            return Int(try await channel.getOption(option).get())
        }
    }
#endif
