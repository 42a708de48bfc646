import Database
import GRDB

/// Attempts that ended here and were dropped: they are never started again.
///
/// The newest ids are kept one by one. Of the others only the greatest is: ids are ULIDs, which the hub makes in order, so
/// that whatever stands at or below that floor is older than all that is remembered and no order of today.
extension AttemptTable {
    /// Ids that are kept one by one, at most.
    static let forgottenLimit = 100_000

    /// Whether an attempt was dropped here, or is so old that it may have been.
    static func isForgotten(_ db: Database, _ id: String) throws -> Bool {
        let found = try Bool.fetchOne(
            db,
            cached: """
                SELECT EXISTS (SELECT 1 FROM forgotten WHERE id = ?1)
                    OR ?1 <= (SELECT floor FROM forgotten_floor WHERE id = 1)
                """, arguments: [id])
        return found ?? false
    }

    /// Folds the oldest ids into the floor until `limit` are left.
    static func pruneForgotten(_ db: Database, keeping limit: Int = forgottenLimit) throws {
        let count = try Int.fetchOne(db, cached: "SELECT count(*) FROM forgotten") ?? 0
        guard count > limit else { return }
        let oldest = "SELECT id FROM forgotten ORDER BY id LIMIT ?"
        try db.execute(
            sql: "UPDATE forgotten_floor SET floor = max(floor, (SELECT max(id) FROM (\(oldest))))",
            arguments: [count - limit])
        try db.execute(sql: "DELETE FROM forgotten WHERE id IN (\(oldest))", arguments: [count - limit])
    }
}
