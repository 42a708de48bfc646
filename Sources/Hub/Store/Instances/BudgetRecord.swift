import Database
import GRDB

/// What may be spent in each hour, day or month.
package struct BudgetRecord: Codable, Sendable, Equatable {
    package enum Period: String, Codable, Sendable, CaseIterable {
        case hour, day, month
    }

    /// Whose instances count; empty for those of all providers.
    package var provider: String
    package var period: Period
    package var amount: Double
    package var currency: String
    /// The peer who set it.
    package var setBy: String
    /// Unix milliseconds.
    package var setAt: Int64

    package init(provider: String, period: Period, amount: Double, currency: String, setBy: String, setAt: Int64) {
        (self.provider, self.period, self.amount, self.currency) = (provider, period, amount, currency)
        (self.setBy, self.setAt) = (setBy, setAt)
    }
}

extension BudgetRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "budgets"
}

extension StoreTransaction {
    /// All of them, the fleet's first.
    package func budgets() throws -> [BudgetRecord] {
        try BudgetRecord.fetchAll(db, cached: "SELECT * FROM budgets ORDER BY provider, period")
    }

    /// Sets one, in the place of another for the same.
    package func setBudget(_ budget: BudgetRecord) throws { try budget.save(db) }

    /// Removes one; false when there was none.
    package func removeBudget(provider: String, period: BudgetRecord.Period) throws -> Bool {
        try db.execute(
            cached: "DELETE FROM budgets WHERE provider = ? AND period = ?", arguments: [provider, period.rawValue])
        return changes == 1
    }
}
