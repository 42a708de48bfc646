package import Link
package import NIOCore
import NIOHTTP1
import NIOSSL
import Tunnels

/// What a proxy is told.
package struct ProxySettings: Sendable {
    package var routes: any ProxyRoutes
    package var trusted = TrustedProxies()
    package var patience = ProxyPatience()
    /// Nil for plain HTTP.
    package var certificate: ServerCertificate?
    /// Asked for each connection; one that may not be is closed.
    package var admit: @Sendable (any Channel) -> Bool = { _ in true }

    package init(routes: any ProxyRoutes) { self.routes = routes }

    var isSecure: Bool { certificate != nil }
}

/// Takes requests over HTTP/1.1 and passes each on to where it belongs.
package enum ProxyServer {
    /// - Returns: what listens, until it is closed; connections that were taken stay.
    /// - Throws: the system's reason.
    package static func bind(
        _ place: HostPort, on group: any EventLoopGroup, _ settings: ProxySettings
    ) async throws -> any Channel {
        try await ConnectionListener.bind(place, on: group) { try settings.prepare($0) }
    }
}

extension ProxySettings {
    /// Sets a fresh connection up. Event loop only.
    func prepare(_ channel: any Channel) throws {
        guard admit(channel) else {
            ConnectionOptions.setReset(false, onCloseOf: channel)
            throw ChannelError.ioOnClosedChannel
        }
        try ConnectionOptions.set(on: channel)
        let operations = channel.pipeline.syncOperations
        if let certificate {
            try operations.addHandler(
                NIOSSLServerHandler(context: certificate.context()), name: ConnectionOptions.encryption)
        }
        var framing = HTTPResponseEncoder.Configuration()
        framing.automaticallySetFramingHeaders = false
        let patience = ClientPatience(patience)
        try operations.addHandlers([
            patience, HTTPResponseEncoder(configuration: framing),
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)),
            ProxyConnection(self, patience),
        ])
    }

    /// Takes the codecs out of a connection that goes on with another protocol.
    /// - Parameter done: run when they have left, and what they had read has been passed on.
    func removeHTTP(from channel: any Channel, _ done: @escaping () -> Void) {
        let operations = channel.pipeline.syncOperations
        if let encoder = try? operations.handler(type: HTTPResponseEncoder.self) {
            operations.removeHandler(encoder, promise: nil)
        }
        if let decoder = try? operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
            let removed = channel.eventLoop.makePromise(of: Void.self)
            operations.removeHandler(decoder, promise: removed)
            removed.futureResult.assumeIsolated().whenSuccess(done)
        }
    }
}
