import ArgumentParser
import CallProtocol
import Formats
import Operations

extension BudgetPeriod: ExpressibleByArgument {
    /// `an hour`
    var phrase: String { self == .hour ? "an hour" : "a \(rawValue)" }
}

/// `capstan budget set`
struct BudgetSet: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Say what may be spent in each hour, day or month.",
        discussion: .flowing(
            """
            Example:
              capstan budget set day 20
              capstan budget set hour 2.50 --provider vast
            """))

    @Argument(help: "hour, day or month, by UTC.") var period: BudgetPeriod
    @Argument(help: "An amount; 0 lets nothing be rented.") var amount: Double
    @Option(help: "Only for this provider; else for the whole fleet.") var provider: String?
    @Option(help: "USD where nothing is said.") var currency: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard amount >= 0, amount.isFinite else { throw Failure.misuse("a budget is 0 or more") }
        let view = try await ask(
            BudgetOperations.set,
            BudgetInput(period: period, provider: provider, amount: amount, currency: currency?.uppercased()))
        try await global.printer.value(try JSONCoding.value(of: view)) {
            "\(MoneyText.string(view.amount, view.currency)) \(view.period.phrase) for \(view.provider ?? "the fleet")\n"
        }
    }
}
