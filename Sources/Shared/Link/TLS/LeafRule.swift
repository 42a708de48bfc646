import Crypto
import NIOSSL
import SwiftASN1
import X509

/// Which certificates are a peer's: exactly one, with a P-256 key, signed by that key. Whose it is, is decided at HELLO.
enum LeafRule {
    static func allows(_ chain: [NIOSSLCertificate]) -> Bool {
        guard
            chain.count == 1,
            let spki = try? chain[0].extractPublicKey().toSPKIBytes(),
            (try? P256.Signing.PublicKey(derRepresentation: spki)) != nil,
            let der = try? chain[0].toDERBytes(),
            let certificate = try? Certificate(derEncoded: der)
        else { return false }
        return certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
    }
}
