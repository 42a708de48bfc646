import Crypto
import FoundationEssentials
import NIOSSL
import SwiftASN1
import X509

/// TLS 1.3 as a link has it and nothing else: P-256 keys, a self-signed certificate on both sides, no look at either.
enum BareTLS {
    static func server() throws -> NIOSSLContext {
        let (certificate, key) = try identity(P256.Signing.PrivateKey())
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv13
        // Asks for the client's certificate; the callback takes the place of looking at it.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }

    static func client(_ key: P256.Signing.PrivateKey) throws -> NIOSSLContext {
        let (certificate, key) = try identity(key)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = [.certificate(certificate)]
        configuration.privateKey = .privateKey(key)
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }

    private static func identity(
        _ key: P256.Signing.PrivateKey
    ) throws -> (certificate: NIOSSLCertificate, key: NIOSSLPrivateKey) {
        let signer = Certificate.PrivateKey(key)
        let name = try DistinguishedName { CommonName("bare") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: signer.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 0), notValidAfter: Date(timeIntervalSince1970: 4_102_444_800),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256, extensions: Certificate.Extensions(),
            issuerPrivateKey: signer)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return (
            try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der),
            try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)
        )
    }
}
