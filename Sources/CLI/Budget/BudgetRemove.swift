import ArgumentParser
import Operations

/// `capstan budget remove`
struct BudgetRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a budget away: no limit for that period.",
        discussion: .flowing(
            """
            Example:
              capstan budget remove day
            """))

    @Argument(help: "hour, day or month.") var period: BudgetPeriod
    @Option(help: "That of this provider; else of the whole fleet.") var provider: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(BudgetOperations.remove, BudgetRef(period: period, provider: provider))
        global.printer.notice("no budget for \(period.phrase) any more for \(provider ?? "the fleet")")
    }
}
