package import FoundationEssentials
import GRDB

/// A token's durable side: the hash of its secret, what it binds, how often it was and may be used.
package struct TokenRecord: Codable, Sendable, Equatable {
    /// What the token is for.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case spoke, operator_ = "operator", tunnel, api
    }

    /// ULID; not secret, may be logged.
    package var id: String
    package var kind: Kind
    /// SHA-256 of the secret, 32 bytes.
    package var secretHash: Data
    /// The name its user gets, whatever it asks for.
    package var name: String?
    /// A JSON object; wins over the labels its user asks for.
    package var labels: String
    package var role: String?
    /// The provider instance that alone may use it.
    package var instanceId: String?
    /// Whether whoever joins with it waits for an operator's approval.
    package var approve: Bool
    /// 1 or more.
    package var maxUses: Int
    package var uses: Int
    /// Unix milliseconds; from this moment on it is refused.
    package var expiresAt: Int64
    package var createdAt: Int64
    /// The peer that made it.
    package var createdBy: String
    package var revokedAt: Int64?

    package init(
        id: String, kind: Kind, secretHash: Data, name: String? = nil, labels: String = "{}", role: String? = nil,
        instanceId: String? = nil, approve: Bool = false, maxUses: Int = 1, uses: Int = 0, expiresAt: Int64,
        createdAt: Int64, createdBy: String, revokedAt: Int64? = nil
    ) {
        self.id = id
        self.kind = kind
        self.secretHash = secretHash
        self.name = name
        self.labels = labels
        self.role = role
        self.instanceId = instanceId
        self.approve = approve
        self.maxUses = maxUses
        self.uses = uses
        self.expiresAt = expiresAt
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.revokedAt = revokedAt
    }

    /// Compares a presented hash with the kept one in a time that does not depend on where they differ.
    package func hasSecretHash(_ presented: Data) -> Bool {
        guard presented.count == secretHash.count else { return false }
        return zip(presented, secretHash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension TokenRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "tokens"
}
