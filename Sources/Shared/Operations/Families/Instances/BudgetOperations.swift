import CallProtocol

/// What may be spent on rented machines.
package enum BudgetOperations {
    package static let list = Operation<Empty, BudgetList>(
        "budget/list", .query, summary: "The budgets, with what is spent and held back of each")

    package static let set = Operation<BudgetInput, BudgetView>(
        "budget/set", .mutation, subject: .input("period"),
        summary: "Set what may be spent in each hour, day or month, by UTC",
        description: """
            Nothing is rented that could pass it; where it is used up all the same, the dearest machines are given back at once.
            """)

    package static let remove = Operation<BudgetRef, Empty>(
        "budget/remove", .mutation, subject: .input("period"), summary: "Take a budget away")
}

package enum BudgetPeriod: String, Codable, Sendable, CaseIterable {
    case hour, day, month
}

package struct BudgetRef: Described, Hashable {
    package var period: BudgetPeriod
    /// Left out for the whole fleet.
    package var provider: String?

    package init(period: BudgetPeriod, provider: String?) { (self.period, self.provider) = (period, provider) }

    package static let schema = JSONSchema.object(
        ["period": .enumeration(BudgetPeriod.self), "provider": .providerName], required: ["period"])
}

package struct BudgetInput: Described, Hashable {
    package var period: BudgetPeriod
    /// Left out for the whole fleet.
    package var provider: String?
    package var amount: Double
    /// USD when left out.
    package var currency: String?

    package init(period: BudgetPeriod, provider: String?, amount: Double, currency: String?) {
        (self.period, self.provider, self.amount, self.currency) = (period, provider, amount, currency)
    }

    package static let schema = JSONSchema.object(
        [
            "period": .enumeration(BudgetPeriod.self), "provider": .providerName,
            "amount": .number(minimum: 0, maximum: 1e9),
            "currency": .string(minLength: 3, maxLength: 3, pattern: "^[A-Z]{3}$").examples("USD"),
        ], required: ["period", "amount"])
}

package struct BudgetView: Described, Hashable {
    package var period: BudgetPeriod
    package var provider: String?
    package var amount: Double
    package var currency: String
    /// In the hour, day or month of now.
    package var spent: Double
    /// What may yet be spent before what is rented could be ended.
    package var held: Double
    package var setBy: String
    package var setAt: String

    package init(
        period: BudgetPeriod, provider: String?, amount: Double, currency: String, spent: Double, held: Double,
        setBy: String, setAt: String
    ) {
        (self.period, self.provider, self.amount, self.currency) = (period, provider, amount, currency)
        (self.spent, self.held, self.setBy, self.setAt) = (spent, held, setBy, setAt)
    }

    package static let schema = JSONSchema.object(
        [
            "period": .enumeration(BudgetPeriod.self), "provider": .string, "amount": .number, "currency": .string,
            "spent": .number, "held": .number, "setBy": .string, "setAt": .timestamp,
        ], required: ["period", "amount", "currency", "spent", "held", "setBy", "setAt"])
}

package struct BudgetList: Described, Hashable {
    package var budgets: [BudgetView]

    package init(budgets: [BudgetView]) { self.budgets = budgets }

    package static let schema = JSONSchema.object(["budgets": .array(of: BudgetView.schema)], required: ["budgets"])
}
