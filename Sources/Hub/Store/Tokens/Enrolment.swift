package import FoundationEssentials

/// What a machine presents to become a peer, its secret already hashed.
package struct Enrolment: Sendable {
    package var tokenId: String
    /// SHA-256 of the presented secret.
    package var secretHash: Data
    /// The fresh key's fingerprint and SPKI, read from its TLS connection.
    package var fingerprint: String
    package var spki: Data
    /// The ULID that a new peer gets.
    package var peerId: String
    /// The name it asks for; a name in the token wins.
    package var name: String
    /// Whether somebody chose the name; one that is only a proposal gets a number where it is taken.
    package var isNameChosen: Bool
    /// The labels it asks for, a JSON object; the token's win key by key.
    package var labels: String
    /// What it tells about itself, JSON.
    package var facts: String
    /// What it wants to become; nil for whatever the token makes.
    package var kind: PeerRecord.Kind?
    /// The provider instance that it says it is.
    package var instanceId: String?
    /// Unix milliseconds.
    package var at: Int64

    package init(
        tokenId: String, secretHash: Data, fingerprint: String, spki: Data, peerId: String, name: String,
        isNameChosen: Bool = true, labels: String = "{}", facts: String = "{}", kind: PeerRecord.Kind? = nil,
        instanceId: String? = nil, at: Int64
    ) {
        self.tokenId = tokenId
        self.secretHash = secretHash
        self.fingerprint = fingerprint
        self.spki = spki
        self.peerId = peerId
        self.name = name
        self.isNameChosen = isNameChosen
        self.labels = labels
        self.facts = facts
        self.kind = kind
        self.instanceId = instanceId
        self.at = at
    }
}

/// How an enrolment ended.
package enum EnrolmentOutcome: Sendable, Equatable {
    /// A new peer was made, with its key and an event.
    case enrolled(PeerRecord)
    /// The same key came again with the same token: the peer made then.
    case repeated(PeerRecord)
    /// A tunnel peer came with another token, whose time is its own from now on.
    case renewed(PeerRecord)
    /// Nothing was changed, no use of the token was spent.
    case refused(EnrolmentRefusal)
}

/// Why an enrolment was refused.
package enum EnrolmentRefusal: Sendable, Equatable {
    /// Unknown, for no peer at all, revoked, or the secret is wrong; which of these is not told apart.
    case tokenInvalid
    /// The token makes peers of this kind, which is not the one that was asked for.
    case otherKind(PeerRecord.Kind)
    case tokenExpired
    case tokenUsed
    case instanceMismatch
    case nameTaken(String)
    /// The key is or was another peer's.
    case keyTaken
    /// An admin has disabled the peer of this name.
    case disabled(String)
}
