import Link
import NIOCore
import NIOSSL
import NIOTLS

/// How a connection to an endpoint is encrypted.
package struct ConnectionTLS: Sendable, Hashable {
    /// Whether its certificate has to be one that this machine trusts.
    package var isVerified: Bool

    package init(isVerified: Bool) { self.isVerified = isVerified }

    /// Why it could not be had, in few words.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            "its certificate is for another name"
        case let error as NIOSSLError where "\(error)".contains("CERTIFICATE_VERIFY_FAILED"):
            "its certificate is not one that this machine trusts (https+insecure:// takes any)"
        case is NIOSSLError: "it does not speak TLS as this machine does"
        default: NetworkReason.text(error)
        }
    }

    /// Puts the encryption into a fresh connection. Event loop only.
    /// - Parameters:
    ///   - host: a name, or an address.
    ///   - ready: done when the other side is the one that is meant, or failed with the reason why not.
    func install(in channel: any Channel, for host: String, _ ready: EventLoopPromise<Void>) throws {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let handler = try NIOSSLClientHandler(context: try context(), serverHostname: isAddress ? nil : host)
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(handler, name: ConnectionOptions.encryption)
        try operations.addHandler(HandshakeWatch(ready))
    }

    /// Made once for each kind: it reads all that this machine trusts.
    func context() throws -> NIOSSLContext { try (isVerified ? Self.verified : Self.insecure).get() }

    private static let verified = Result { try make(.fullVerification) }
    private static let insecure = Result { try make(.none) }

    private static func make(_ verification: CertificateVerification) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = verification
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Waits for the end of a handshake, and asks for the bytes that it needs: nobody else reads yet.
private final class HandshakeWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let ready: EventLoopPromise<Void>
    private var isDone = false

    init(_ ready: EventLoopPromise<Void>) { self.ready = ready }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if !isDone { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent, !isDone {
            isDone = true
            ready.succeed()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone { ready.fail(error) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { ready.fail(ChannelError.eof) }
        context.fireChannelInactive()
    }
}
