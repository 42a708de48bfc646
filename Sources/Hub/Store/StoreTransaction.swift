import GRDB

/// One transaction of the hub's store. Its functions are grouped by concept in `StoreTransaction+X.swift`.
///
/// It is valid only inside the closure that it was given to. Times are unix milliseconds given by the caller, ids are
/// ULIDs made by the caller, JSON is opaque text that must be valid JSON.
package struct StoreTransaction {
    /// How many things are read that a text may mean, at most: enough to name some and to know that there are more.
    package static let candidateLimit = 11

    let db: Database

    init(db: Database) { self.db = db }

    /// Rows changed by the last INSERT, UPDATE or DELETE.
    var changes: Int { db.changesCount }

    /// Deletes at most `limit` rows of `table` that match, oldest first by `order`. Returns how many went.
    func deleteSome(
        from table: String, where condition: String, arguments: StatementArguments, order: String, limit: Int
    ) throws -> Int {
        try db.execute(
            sql: """
                DELETE FROM \(table) WHERE rowid IN
                (SELECT rowid FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT ?)
                """,
            arguments: arguments + [limit])
        return changes
    }
}
