import CallProtocol

/// What a peer does for itself: enrolling, asking who it is, changing its key.
package enum PeerOperations {
    package static let enrol = Operation<EnrolInput, EnrolOutput>(
        "peer/enrol", .mutation, subject: .input("tokenId"),
        summary: "Make the key of this link a peer of the fleet, by a token",
        errors: [
            DeclaredError(
                .tokenInvalid, "The token is unknown, revoked or for another kind of peer, or its secret is wrong",
                httpStatus: 401),
            DeclaredError(.tokenExpired, "The token's time is over", httpStatus: 401),
            DeclaredError(.tokenUsed, "The token has no uses left", httpStatus: 401),
            DeclaredError(.instanceMismatch, "The token is bound to another instance", httpStatus: 401),
        ])

    package static let me = Operation<Empty, PeerSelf>(
        "peer/self", .query, summary: "Who the hub takes this link's key for")
}

package struct EnrolInput: Described, Hashable {
    package var tokenId: String
    /// Base64url.
    package var secret: String
    package var name: String?
    package var labels: [String: String]
    package var facts: HostFacts?
    /// What the key is to become; a token for anything else is refused. Left out, the token decides.
    package var kind: TokenCreateInput.Kind?
    /// For how long the container of a rented machine runs, by its own clock: a span, since its clock may be wrong.
    package var containerAgeMs: Int64?

    package init(
        tokenId: String, secret: String, name: String?, labels: [String: String], facts: HostFacts?,
        kind: TokenCreateInput.Kind? = nil, containerAgeMs: Int64? = nil
    ) {
        self.tokenId = tokenId
        self.secret = secret
        self.name = name
        self.labels = labels
        self.facts = facts
        self.kind = kind
        self.containerAgeMs = containerAgeMs
    }

    /// No container that enrols has run for longer, in milliseconds: ten years.
    package static let longestAge: Int64 = 315_576_000_000

    package static let schema = JSONSchema.object(
        [
            "tokenId": .string(minLength: 1, maxLength: 64), "secret": .string(minLength: 1, maxLength: 128),
            "name": .name, "labels": .labels, "facts": HostFacts.schema,
            "kind": .enumeration(TokenCreateInput.Kind.self),
            "containerAgeMs": .integer(minimum: 0, maximum: EnrolInput.longestAge),
        ], required: ["tokenId", "secret", "labels"])
}

package struct EnrolOutput: Described, Hashable {
    package var peerId: String
    package var name: String
    package var hubFingerprints: [String]
    /// False while an operator has yet to approve the node.
    package var approved: Bool
    /// When the right of a tunnel peer is over, if its token is not followed by another; left out for every other peer.
    package var validUntil: String?

    package init(
        peerId: String, name: String, hubFingerprints: [String], approved: Bool, validUntil: String? = nil
    ) {
        self.peerId = peerId
        self.name = name
        self.hubFingerprints = hubFingerprints
        self.approved = approved
        self.validUntil = validUntil
    }

    package static let schema = JSONSchema.object(
        [
            "peerId": .string(), "name": .string(), "hubFingerprints": .array(of: .string()), "approved": .boolean,
            "validUntil": .timestamp,
        ], required: ["peerId", "name", "hubFingerprints", "approved"])
}

package struct PeerSelf: Described, Hashable {
    package var id: String
    package var name: String
    package var kind: String
    package var role: String

    package init(id: String, name: String, kind: String, role: String) {
        self.id = id
        self.name = name
        self.kind = kind
        self.role = role
    }

    package static let schema = JSONSchema.object(
        ["id": .string(), "name": .string(), "kind": .string(), "role": .string()],
        required: ["id", "name", "kind", "role"])
}
