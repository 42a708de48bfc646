import CallProtocol

extension TunnelOperations {
    package static let enrol = Operation<TunnelEnrolInput, EnrolOutput>(
        "tunnel/enrol", .mutation, subject: .output("peerId"),
        summary:
            "Make a key of this machine a tunnel peer, by the caller's right to make some that end at their own machines",
        description: """
            Such a peer serves the tunnels that end at its machine and may change those alone. Its right is that of the \
            operator who enrolled it, and ends with it.
            """,
        errors: [DeclaredError(.conflict, "The key is or was another peer's")])
}

package struct TunnelEnrolInput: Described, Hashable {
    /// What it is to be called; numbered where that is taken.
    package var name: String
    /// Base64 of the DER SubjectPublicKeyInfo of the key, P-256.
    package var spki: String
    /// Base64 of the key's DER signature over ``proof(key:sponsor:)``.
    package var signature: String

    package init(name: String, spki: String, signature: String) {
        self.name = name
        self.spki = spki
        self.signature = signature
    }

    /// What the key signs to prove that it is held by who enrols it.
    /// - Parameters:
    ///   - key: its fingerprint.
    ///   - sponsor: the peer id of the operator.
    package static func proof(key: String, sponsor: String) -> [UInt8] {
        Array("capstan tunnel/enrol\n\(key)\n\(sponsor)\n".utf8)
    }

    package static let schema = JSONSchema.object(
        [
            "name": .name, "spki": .string(minLength: 1, maxLength: 1_024),
            "signature": .string(minLength: 1, maxLength: 1_024),
        ], required: ["name", "spki", "signature"])
}
