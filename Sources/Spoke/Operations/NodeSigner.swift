/// The node's key as receipts need it: what it is called, and how it signs.
package struct NodeSigner: Sendable {
    /// ES256 over the bytes, the signature in DER.
    package var sign: @Sendable ([UInt8]) throws -> [UInt8]
    /// The public key, DER SubjectPublicKeyInfo.
    package var spki: [UInt8]
    /// The fingerprint, as receipts name it.
    package var fingerprint: String

    package init(spki: [UInt8], fingerprint: String, sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.spki = spki
        self.fingerprint = fingerprint
        self.sign = sign
    }
}
