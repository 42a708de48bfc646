import CallProtocol
import Formats
import Market
import Operations
import Store

/// What may be spent on rented machines.
extension HubCore {
    var budgetEntries: [OperationEntry] {
        [
            BudgetOperations.list.handled { _, _ in
                let now = self.clock.now()
                let (budgets, rows) = try await self.store.read { transaction in
                    (try transaction.budgets(), try transaction.instanceBills(since: RentLedger.since(now)))
                }
                let ledger = RentLedger(rows, at: now, hold: self.configuration.rentHoldMs)
                return BudgetList(budgets: budgets.map { self.view($0, ledger) })
            },
            BudgetOperations.set.handled { input, context in
                let now = self.clock.now()
                try self.check(input)
                let budget = BudgetRecord(
                    provider: input.provider ?? "", period: .init(input.period), amount: input.amount,
                    currency: input.currency ?? "USD", setBy: context.caller.peer, setAt: now)
                let rows = try await self.store.write { transaction in
                    try transaction.setBudget(budget)
                    return try transaction.instanceBills(since: RentLedger.since(now))
                }
                self.rentals.signal.fire()
                return self.view(budget, RentLedger(rows, at: now, hold: self.configuration.rentHoldMs))
            },
            BudgetOperations.remove.handled { input, _ in
                let removed = try await self.store.write {
                    try $0.removeBudget(provider: input.provider ?? "", period: .init(input.period))
                }
                guard removed else {
                    throw CallError(
                        .notFound,
                        "\(input.provider ?? "the fleet") has no budget for a \(input.period.rawValue)")
                }
                return Empty()
            },
        ]
    }

    /// What is mistyped would protect nothing.
    private func check(_ input: BudgetInput) throws(CallError) {
        guard let provider = input.provider else { return }
        guard let market = rentals.source?.market(provider) else {
            throw CallError(.notFound, "no machines are rented from `\(provider)`; capstan provider list shows them")
        }
        let currency = input.currency ?? "USD"
        guard market.currency == currency else {
            throw CallError(
                .invalidInput, "currency: \(provider)'s prices are in \(market.currency), not in \(currency)")
        }
    }

    private func view(_ budget: BudgetRecord, _ ledger: RentLedger) -> BudgetView {
        let (spent, held) = ledger.use(of: budget)
        return BudgetView(
            period: BudgetPeriod(rawValue: budget.period.rawValue) ?? .day,
            provider: budget.provider.isEmpty ? nil : budget.provider, amount: budget.amount,
            currency: budget.currency, spent: spent, held: held, setBy: budget.setBy,
            setAt: RFC3339.string(budget.setAt))
    }
}

extension BudgetRecord.Period {
    fileprivate init(_ period: BudgetPeriod) {
        switch period {
        case .hour: self = .hour
        case .day: self = .day
        case .month: self = .month
        }
    }
}
