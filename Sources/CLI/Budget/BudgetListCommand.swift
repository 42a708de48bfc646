import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan budget list`
struct BudgetListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The budgets, with what is spent and held back of each.",
        discussion: .flowing(
            """
            Example:
              capstan budget list
            """))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let budgets = try await ask(BudgetOperations.list, Empty()).budgets
        try await global.printer.list(
            try budgets.map { try JSONCoding.value(of: $0) },
            names: budgets.map { "\($0.provider ?? "fleet")/\($0.period.rawValue)" },
            empty: "no budgets: what is rented has no limit; capstan budget set day 20"
        ) {
            Table(
                [
                    .init("FOR"), .init("PERIOD"), .init("AMOUNT", isNumber: true), .init("SPENT", isNumber: true),
                    .init("HELD", isNumber: true), .init("LEFT", isNumber: true),
                ],
                rows: budgets.map { budget in
                    let left = budget.amount - budget.spent - budget.held
                    func money(_ amount: Double) -> String { MoneyText.string(amount, budget.currency) }
                    return [
                        .init(budget.provider ?? "the fleet"), .init(budget.period.rawValue),
                        .init(money(budget.amount)), .init(money(budget.spent)), .init(money(budget.held)),
                        .init(money(left), left <= 0 ? .doubtful : .plain),
                    ]
                })
        }
    }
}
