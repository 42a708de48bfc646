import Foundation
import NIOCore
import NIOPosix

/// Stands on loopback between two processes, passes their TCP connections on, and does to them what a network can: see
/// ``Weather`` and ``Cut``. What it does can be changed at any time.
final class FaultProxy: Sendable {
    /// Connections at one time; past it new ones are closed.
    private static let limit = 256

    private let server: any Channel
    private let line: Line
    let port: Int

    private init(server: any Channel, line: Line, port: Int) {
        self.server = server
        self.line = line
        self.port = port
    }

    /// Begins to listen, on a port of its own; for `target`, a port on loopback.
    /// - Parameter seed: of what it does at random.
    static func start(to target: Int, seed: UInt64 = 1) async throws -> FaultProxy {
        let line = Line()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { near in
                // Nothing is read before there is somewhere to write it.
                near.setOption(.autoRead, value: false).flatMap { join(near, to: target, line, seed) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FaultProxy(server: server, line: line, port: server.localAddress?.port ?? 0)
    }

    private static func join(_ near: any Channel, to target: Int, _ line: Line, _ seed: UInt64) -> EventLoopFuture<Void>
    {
        guard line.pairs.count < limit else { return near.close() }
        return ClientBootstrap(group: near.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: target)
            .flatMapThrowing { far in
                let number = line.count &* 2 &+ seed
                let up = Relay(to: far, line, seed: number)
                let down = Relay(to: near, line, seed: number &+ 1)
                up.partner = down
                down.partner = up
                try near.pipeline.syncOperations.addHandler(up)
                try far.pipeline.syncOperations.addHandler(down)
                line.add(
                    Line.Pair(channels: [near, far], relays: NIOLoopBound([up, down], eventLoop: near.eventLoop)))
                for channel in [near, far] { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
            }
            .flatMapErrorThrowing { _ in near.close(promise: nil) }
    }

    /// Changes what becomes of bytes from now on.
    func weather(_ weather: Weather) { line.change(to: weather) }

    /// Breaks every connection that stands.
    /// - Parameter onlyHalfOpen: leaves those alone whose bytes still pass.
    func cut(_ cut: Cut, onlyHalfOpen: Bool = false) async {
        for pair in line.pairs where pair.isHalfOpen || !onlyHalfOpen {
            for channel in pair.channels {
                if cut == .reset {
                    let option = linger(l_onoff: 1, l_linger: 0)
                    try? await (channel as? any SocketOptionProvider)?.setSoLinger(option).get()
                }
                channel.close(promise: nil)
            }
        }
    }

    /// How many connections stand, those that nobody told of their end among them.
    var connectionCount: Int { line.pairs.count }

    /// How many connections there have been.
    var acceptedCount: Int { Int(line.count) }

    func close() async {
        try? await server.close().get()
        await cut(.reset)
    }
}
