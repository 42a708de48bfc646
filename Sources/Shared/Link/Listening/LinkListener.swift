package import CallProtocol
package import NIOCore
import NIOPosix
import Synchronization

/// The one port of the hub: accepts connections through ``HandshakeGate`` and makes each a link.
package final class LinkListener: Sendable {
    private let channel: any Channel
    private let gate: HandshakeGate
    private let shown: Shown

    /// What new connections are made with.
    private final class Shown: Sendable {
        let tls: Mutex<LinkTLS>

        init(_ tls: LinkTLS) { self.tls = Mutex(tls) }
    }

    private init(channel: any Channel, gate: HandshakeGate, shown: Shown) {
        self.channel = channel
        self.gate = gate
        self.shown = shown
    }

    /// Opens the port.
    ///
    /// - Parameters:
    ///   - hello: made anew for each connection, so that rotated keys show at once.
    ///   - delegate: made for each connection that has its turn at the gate, on its event loop.
    /// - Throws: the system's error when the address cannot be bound.
    package static func bind(
        _ address: HostPort, key: PeerKey, group: any EventLoopGroup, settings: LinkSettings = LinkSettings(),
        budget: WindowBudget = WindowBudget(), gate: HandshakeGate = HandshakeGate(),
        hello: @escaping @Sendable () -> Hello, delegate: @escaping @Sendable () -> any LinkDelegate
    ) async throws -> LinkListener {
        let shown = Shown(try LinkTLS(key: key, side: .listener))
        let pingClocks = PingClocks()
        let setUp: @Sendable (any Channel, GatePlace) throws -> Void = { channel, place in
            try LinkOptions.set(on: channel)
            let turn = GateHandler(place, within: settings.handshakeLimit) { turn, left in
                let handler = LinkHandler(
                    side: .listener, hello: hello(), settings: settings,
                    delegate: GatedDelegate(delegate(), turn: turn), budget: budget, pingClocks: pingClocks,
                    timeToHello: left)
                let tls = shown.tls.withLock { $0 }
                return [try tls.handler(side: .listener), handler]
            }
            try channel.pipeline.syncOperations.addHandler(turn)
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(GatedAccept(gate, setUp: setUp))
                }
            }
            .bind(host: address.host, port: address.port).get()
        return LinkListener(channel: channel, gate: gate, shown: shown)
    }

    /// Shows another key to connections from now on; links that stand are not touched.
    /// - Throws: when no certificate can be made for it.
    package func show(_ key: PeerKey) throws {
        let tls = try LinkTLS(key: key, side: .listener)
        shown.tls.withLock { $0 = tls }
    }

    /// Where it listens; the port is the real one, also where 0 was asked for.
    package var address: HostPort? {
        channel.localAddress.flatMap { address in
            guard let host = address.ipAddress, let port = address.port else { return nil }
            return HostPort(host: host, port: port)
        }
    }

    /// Takes no more connections; links that stand are not touched.
    package func close() async {
        try? await channel.close().get()
    }
}
