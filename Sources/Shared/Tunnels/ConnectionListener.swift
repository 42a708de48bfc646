package import Link
package import NIOCore
import NIOPosix

/// Takes connections that are to be relayed.
package enum ConnectionListener {
    /// Connections that the system holds until they are taken.
    private static let backlog: Int32 = 1024

    /// Listens on an address; port 0 picks a free one.
    /// - Parameters:
    ///   - group: where the connections live.
    ///   - accept: given each connection on its event loop when it is open, and no more of it read than what came first.
    /// - Returns: what listens, until it is closed; connections that were taken stay.
    /// - Throws: the system's reason.
    package static func bind(
        _ place: HostPort, on group: any EventLoopGroup, accept: @escaping @Sendable (any Channel) -> Void
    ) async throws -> any Channel {
        try await bind(place, on: group) { connection in
            try ConnectionRelay.prepare(connection) { accept(connection) }
        }
    }

    /// The same, where each connection is set up otherwise.
    /// - Parameter prepare: given each connection on its event loop before it is open; one for which it throws is closed.
    package static func bind(
        _ place: HostPort, on group: any EventLoopGroup, prepare: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { listener in
                listener.eventLoop.makeCompletedFuture { try ConnectionOptions.setSocket(of: listener) }
            }
            .childChannelInitializer { connection in
                connection.eventLoop.makeCompletedFuture { try prepare(connection) }
            }
            .bind(host: place.host, port: place.port).get()
    }
}
