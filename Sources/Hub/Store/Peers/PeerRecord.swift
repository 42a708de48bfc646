package import FoundationEssentials
import GRDB

/// A peer of the hub: a machine, an operator or a tunnel client. Identified by its keys, addressed by id or name.
package struct PeerRecord: Codable, Sendable, Equatable {
    /// What the peer is.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case spoke, operator_ = "operator", tunnel
    }

    /// Whether it may be served. The presence of its link is kept in memory, not here.
    package enum State: String, Codable, Sendable, CaseIterable {
        case pending, active, removed
    }

    /// Whether new work is placed on it.
    package enum Drain: String, Codable, Sendable, CaseIterable {
        case none, draining, drained
    }

    /// ULID; stable over key rotations and renames.
    package var id: String
    package var kind: Kind
    /// Unique among the peers of its kind that are not removed.
    package var name: String
    /// A JSON object of strings.
    package var labels: String
    /// The role's name for operators; nil for peers whose rights come from their kind.
    package var role: String?
    package var enabled: Bool
    package var state: State
    package var drain: Drain
    /// Unix milliseconds.
    package var createdAt: Int64
    /// Unix milliseconds, coarse; nil before the first link.
    package var lastSeenAt: Int64?
    /// JSON that the peer told about itself.
    package var facts: String
    /// The token that enrolled it; nil for peers made locally.
    package var tokenId: String?
    /// The operator by whose right a tunnel peer works; nil for one that a token lets in.
    package var sponsorId: String?
    /// Unix milliseconds: the end of the token that lets a tunnel peer in.
    package var validUntil: Int64?

    package init(
        id: String, kind: Kind, name: String, labels: String = "{}", role: String? = nil, enabled: Bool = true,
        state: State = .active, drain: Drain = .none, createdAt: Int64, lastSeenAt: Int64? = nil,
        facts: String = "{}", tokenId: String? = nil, sponsorId: String? = nil, validUntil: Int64? = nil
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.labels = labels
        self.role = role
        self.enabled = enabled
        self.state = state
        self.drain = drain
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.facts = facts
        self.tokenId = tokenId
        self.sponsorId = sponsorId
        self.validUntil = validUntil
    }
}

extension PeerRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "peers"
}

/// A public key that a peer has or had. Retired keys authenticate nobody; they verify old receipts.
package struct PeerKeyRecord: Codable, Sendable, Equatable {
    /// `sha256:` and hex over the SPKI; unique over the fleet, retired keys included.
    package var fingerprint: String
    package var peerId: String
    /// DER SubjectPublicKeyInfo.
    package var spki: Data
    /// Unix milliseconds.
    package var addedAt: Int64
    /// Unix milliseconds; nil while the key is valid.
    package var retiredAt: Int64?
    /// Unix milliseconds; for a key that was announced by its peer and not used yet, when it is forgotten.
    package var expiresAt: Int64?

    package init(
        fingerprint: String, peerId: String, spki: Data, addedAt: Int64, retiredAt: Int64? = nil,
        expiresAt: Int64? = nil
    ) {
        self.fingerprint = fingerprint
        self.peerId = peerId
        self.spki = spki
        self.addedAt = addedAt
        self.retiredAt = retiredAt
        self.expiresAt = expiresAt
    }
}

extension PeerKeyRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "peer_keys"
}
