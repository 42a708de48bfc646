package import Crypto
import NIOSSL
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A peer's own key: ECDSA P-256, made on its own disk and never sent.
package struct PeerKey: Sendable {
    package let privateKey: P256.Signing.PrivateKey

    /// A fresh key.
    package init() {
        privateKey = P256.Signing.PrivateKey()
    }

    /// Reads what ``pem`` wrote.
    package init(pem: String) throws {
        privateKey = try P256.Signing.PrivateKey(pemRepresentation: pem)
    }

    /// For a file of mode 0600.
    package var pem: String { privateKey.pemRepresentation }

    /// The DER SubjectPublicKeyInfo.
    package var spki: [UInt8] { Array(privateKey.publicKey.derRepresentation) }

    package var fingerprint: Fingerprint { Fingerprint(spki: spki) }

    /// ES256 (ECDSA P-256 over SHA-256), DER.
    package func sign(_ bytes: [UInt8]) throws -> [UInt8] {
        Array(try privateKey.signature(for: bytes).derRepresentation)
    }

    /// Whether `signature` (DER) over `bytes` was made by the key of `spki`.
    package static func verify(_ signature: [UInt8], over bytes: [UInt8], spki: [UInt8]) -> Bool {
        guard
            let key = try? P256.Signing.PublicKey(derRepresentation: spki),
            let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature)
        else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    /// Whether `spki` is a P-256 key in the one form that certificates carry, so that its fingerprint is the key's.
    package static func isKey(spki: [UInt8]) -> Bool {
        (try? P256.Signing.PublicKey(derRepresentation: spki)).map { Array($0.derRepresentation) == spki } ?? false
    }

    /// A self-signed certificate that carries the key; its dates mean nothing.
    func certificate() throws -> NIOSSLCertificate {
        let key = Certificate.PrivateKey(privateKey)
        let name = try DistinguishedName { CommonName("capstan") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 0),
            notValidAfter: Date(timeIntervalSince1970: 4_102_444_800),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256, extensions: Certificate.Extensions(),
            issuerPrivateKey: key)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    }

    func tlsPrivateKey() throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(bytes: Array(privateKey.derRepresentation), format: .der)
    }
}
