import Database
import GRDB

extension StoreTransaction {
    /// Keeps a new token.
    package func insertToken(_ token: TokenRecord) throws { try token.insert(db) }

    /// The token of this id, revoked and expired ones included.
    package func token(_ id: String) throws -> TokenRecord? {
        try TokenRecord.fetchOne(db, cached: "SELECT * FROM tokens WHERE id = ?", arguments: [id])
    }

    /// The tokens that `text` may mean: the one of this id, else those whose id begins with it (case is ignored),
    /// ``candidateLimit`` at most, newest first.
    package func tokens(meantBy text: String) throws -> [TokenRecord] {
        let id = text.uppercased()
        if let exact = try token(id) { return [exact] }
        guard !id.isEmpty else { return [] }
        // '~' sorts after every character of a ULID.
        return try TokenRecord.fetchAll(
            db, cached: "SELECT * FROM tokens WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?",
            arguments: [id, id + "~", Self.candidateLimit])
    }

    /// Tokens, newest first, at most `limit`.
    /// - Parameter before: the last id of the page before.
    package func tokens(before: String? = nil, limit: Int = 1_000) throws -> [TokenRecord] {
        // Ids rise with the time that they were made at; '~' sorts after every one.
        try TokenRecord.fetchAll(
            db, cached: "SELECT * FROM tokens WHERE id < ? ORDER BY id DESC LIMIT ?", arguments: [before ?? "~", limit])
    }

    /// Makes a token useless from now on. What it has enrolled stays.
    /// - Throws: `StoreError.notFound`. Revoking twice keeps the first time.
    package func revokeToken(_ id: String, at: Int64) throws {
        try db.execute(
            cached: "UPDATE tokens SET revokedAt = COALESCE(revokedAt, ?) WHERE id = ?", arguments: [at, id])
        guard changes == 1 else { throw StoreError.notFound("token \(id)") }
    }
}
