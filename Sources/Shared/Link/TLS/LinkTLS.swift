import NIOCore
import NIOSSL

/// TLS 1.3 between two keys: each side shows one self-signed P-256 leaf, and who that is gets decided at HELLO.
struct LinkTLS: Sendable {
    static let protocolName = "capstan-link/1"

    private let context: NIOSSLContext

    init(key: PeerKey, side: LinkStateMachine.Side) throws {
        let certificate = try key.certificate()
        let privateKey = try key.tlsPrivateKey()
        var configuration: TLSConfiguration
        switch side {
        case .listener:
            configuration = .makeServerConfiguration(
                certificateChain: [.certificate(certificate)], privateKey: .privateKey(privateKey))
        case .dialler:
            configuration = .makeClientConfiguration()
            configuration.certificateChain = [.certificate(certificate)]
            configuration.privateKey = .privateKey(privateKey)
        }
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = [Self.protocolName]
        // Asks for the certificate; the custom callback below replaces the chain verification.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        context = try NIOSSLContext(configuration: configuration)
    }

    func handler(side: LinkStateMachine.Side) throws -> NIOSSLHandler {
        switch side {
        case .listener: NIOSSLServerHandler(context: context, customVerificationCallback: Self.verify)
        case .dialler:
            try NIOSSLClientHandler(
                context: context, serverHostname: nil, customVerificationCallback: Self.verify)
        }
    }

    /// A resumed session skips this, which is why it decides nothing but the form.
    private static let verify: @Sendable ([NIOSSLCertificate], EventLoopPromise<NIOSSLVerificationResult>) -> Void = {
        chain, promise in
        promise.succeed(LeafRule.allows(chain) ? .certificateVerified : .failed)
    }
}
