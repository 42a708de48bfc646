package import CallProtocol
import Link
package import NIOCore
import NIOPosix

/// Connects to an endpoint near this machine, for a relay.
package struct ConnectionDialler: Sendable {
    /// How long an address may take to answer.
    package static let patience = TimeAmount.seconds(10)

    package init() {}

    /// A connection that is set up and not read yet. All addresses of a name are tried.
    /// - Parameters:
    ///   - tls: how it is encrypted; nil for not.
    ///   - name: whose certificate it shall be; nil for the host's.
    ///   - loop: where it is to live; nil for any place.
    /// - Throws: `UNAVAILABLE` with the reason.
    package func connect(
        host: String, port: Int, tls: ConnectionTLS? = nil, named name: String? = nil, on loop: (any EventLoop)?
    ) async throws(CallError) -> any Channel {
        let place = HostPort(host: host, port: port)
        // What is connected to ends there, and what is told does not.
        guard !host.utf8.contains(0) else {
            throw CallError(.invalidInput, "the host has a character that no name has")
        }
        let loop = loop ?? MultiThreadedEventLoopGroup.singleton.next()
        let handshake = tls.map { _ in loop.makePromise(of: Void.self) }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(Self.patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls, let handshake { try tls.install(in: channel, for: name ?? place.host, handshake) }
                    try ConnectionOptions.setSocket(of: channel)
                    try ConnectionRelay.prepare(channel)
                }
            }
        let connecting =
            if let numeric = try? SocketAddress(ipAddress: place.host, port: place.port) {
                bootstrap.connect(to: numeric)
            } else {
                bootstrap.connect(host: place.host, port: place.port)
            }
        if let handshake { connecting.whenFailure { handshake.fail($0) } }
        do {
            return try await withTaskCancellationHandler {
                let connection = try await connecting.get()
                if let handshake { try await Self.wait(for: handshake, on: connection) }
                return connection
            } onCancel: {
                connecting.whenSuccess { $0.close(promise: nil) }
            }
        } catch {
            throw CallError(.unavailable, "cannot connect to \(place): \(ConnectionTLS.reason(error))")
        }
    }

    private static func wait(for handshake: EventLoopPromise<Void>, on connection: any Channel) async throws {
        let limit = connection.eventLoop.scheduleTask(in: patience) {
            handshake.fail(ChannelError.connectTimeout(patience))
        }
        defer { limit.cancel() }
        do { try await handshake.futureResult.get() } catch {
            connection.close(promise: nil)
            throw error
        }
    }

    /// Where a connection leads, as `ADDRESS:PORT`; empty where it is closed.
    package static func address(of connection: any Channel) -> String {
        guard let address = connection.remoteAddress, let host = address.ipAddress, let port = address.port else {
            return ""
        }
        return HostPort(host: host, port: port).description
    }
}
