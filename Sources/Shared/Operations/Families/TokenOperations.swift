/// Join tokens.
package enum TokenOperations {
    package static let create = Operation<TokenCreateInput, TokenCreated>(
        "token/create", .mutation, subject: .output("id"), summary: "Make a token; its secret is shown this once")
    package static let list = Operation<TokenListInput, TokenList>(
        "token/list", .query, summary: "Tokens, newest first; 1,000 a page at most")
    package static let revoke = Operation<TokenRef, Empty>(
        "token/revoke", .mutation, subject: .input("token"), summary: "Make a token useless at once")
}

package struct TokenCreateInput: Described, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case spoke, operator_ = "operator", tunnel
    }

    package var kind: Kind?
    /// 15 minutes when left out.
    package var ttlMs: Int64?
    package var uses: Int?
    package var name: String?
    package var labels: [String: String]?
    package var role: String?
    package var instance: String?
    package var approve: Bool?

    package init(kind: Kind? = nil) {
        self.kind = kind
    }

    package static let schema = JSONSchema.object(
        [
            "kind": .enumeration(Kind.self), "ttlMs": .integer(minimum: 1_000, maximum: 366 * 86_400_000),
            "uses": .integer(minimum: 1, maximum: 100_000), "name": .name, "labels": .labels,
            "role": .string(minLength: 1, maxLength: 63), "instance": .string(minLength: 1, maxLength: 128),
            "approve": .boolean,
        ], required: [])
}

package struct TokenCreated: Described, Hashable {
    package var id: String
    package var token: String
    package var expiresAt: String

    package init(id: String, token: String, expiresAt: String) {
        self.id = id
        self.token = token
        self.expiresAt = expiresAt
    }

    package static let schema = JSONSchema.object(
        ["id": .string(), "token": .string(), "expiresAt": .timestamp], required: ["id", "token", "expiresAt"])
}

package struct TokenView: Described, Hashable {
    package var id: String
    package var kind: String
    /// `active`, `used`, `expired`, `revoked`.
    package var state: String
    package var uses: Int
    package var maxUses: Int
    package var name: String?
    package var role: String?
    package var labels: [String: String]
    package var createdAt: String
    package var expiresAt: String

    package init(
        id: String, kind: String, state: String, uses: Int, maxUses: Int, labels: [String: String], createdAt: String,
        expiresAt: String
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.uses = uses
        self.maxUses = maxUses
        self.labels = labels
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "kind": .string(), "state": .string(), "uses": .integer(minimum: 0),
            "maxUses": .integer(minimum: 1), "name": .string(), "role": .string(), "labels": .labels,
            "createdAt": .timestamp, "expiresAt": .timestamp,
        ], required: ["id", "kind", "state", "uses", "maxUses", "labels", "createdAt", "expiresAt"])
}

package struct TokenListInput: Described, Hashable {
    /// 1,000 when left out.
    package var limit: Int?
    package var cursor: String?

    package init(limit: Int? = nil, cursor: String? = nil) {
        self.limit = limit
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        ["limit": .integer(minimum: 1, maximum: 1_000), "cursor": .string(maxLength: 64)], required: [])
}

package struct TokenList: Described, Hashable {
    package var tokens: [TokenView]
    /// To be passed for the next page; left out on the last one.
    package var cursor: String?

    package init(tokens: [TokenView], cursor: String? = nil) {
        self.tokens = tokens
        self.cursor = cursor
    }

    package static let schema = JSONSchema.object(
        ["tokens": .array(of: TokenView.schema), "cursor": .string()], required: ["tokens"])
}

package struct TokenRef: Described, Hashable {
    package var token: String

    package init(token: String) {
        self.token = token
    }

    package static let schema = JSONSchema.object(
        ["token": .string(minLength: 1, maxLength: 64)], required: ["token"])
}
