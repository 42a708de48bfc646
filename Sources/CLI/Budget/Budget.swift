import ArgumentParser

/// `capstan budget`
struct Budget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget", abstract: "What may be spent on rented machines.",
        discussion: .flowing(
            """
            For the whole fleet, or for one provider; in each hour, day or month by UTC. What could pass a budget is not
            rented: what machines may cost before they could be ended is held back. One that is used up all the same ends
            the dearest machines at once.

            Example:
              capstan budget set day 20
              capstan budget set month 150 --provider runpod
              capstan budget list
            """),
        subcommands: [BudgetListCommand.self, BudgetSet.self, BudgetRemove.self])
}
