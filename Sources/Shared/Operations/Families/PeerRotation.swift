import CallProtocol

extension PeerOperations {
    /// Served only to a peer about itself, on a link with the key that is to be replaced.
    package static let rotate = Operation<RotateInput, RotateOutput>(
        "peer/rotate", .mutation, subject: .output("fingerprint"),
        summary: "Announce the key that follows the one of this link",
        description: """
            The old key stays valid until a link with the new one is ready; when none comes within 24 hours, the new key \
            is forgotten and the old one stays. The same new key may be announced again; another one takes the place of \
            one that was announced before and not used yet.
            """)
}

package struct RotateInput: Described, Hashable {
    /// Base64 of the DER SubjectPublicKeyInfo of the new key, P-256.
    package var newSpki: String
    /// Base64 of the new key's DER signature over ``proof(old:new:peer:)``.
    package var signature: String

    package init(newSpki: String, signature: String) {
        self.newSpki = newSpki
        self.signature = signature
    }

    /// What the new key signs to prove that it is held by who announces it, for this peer and in place of this key.
    /// - Parameters:
    ///   - old: the fingerprint of the link's key.
    ///   - new: the fingerprint of the new key.
    ///   - peer: the peer's id.
    package static func proof(old: String, new: String, peer: String) -> [UInt8] {
        Array("capstan peer/rotate\n\(old)\n\(new)\n\(peer)\n".utf8)
    }

    package static let schema = JSONSchema.object(
        ["newSpki": .string(minLength: 1, maxLength: 1_024), "signature": .string(minLength: 1, maxLength: 1_024)],
        required: ["newSpki", "signature"])
}

package struct RotateOutput: Described, Hashable {
    package var peerId: String
    /// The new key's.
    package var fingerprint: String
    /// Until when a link with the new key has to be ready; left out where one was.
    package var expiresAt: String?

    package init(peerId: String, fingerprint: String, expiresAt: String?) {
        self.peerId = peerId
        self.fingerprint = fingerprint
        self.expiresAt = expiresAt
    }

    package static let schema = JSONSchema.object(
        ["peerId": .string(), "fingerprint": .string(), "expiresAt": .timestamp],
        required: ["peerId", "fingerprint"])
}
