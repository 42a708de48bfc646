import ArgumentParser

/// `capstan pool`
struct Pool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "Rented machines that are kept ready.",
        discussion: .flowing(
            """
            A machine takes minutes to come; one of a warm pool is there. While it works another one is rented in its
            place, and what is not needed afterwards is given back. Machines that wait cost as those that work: budgets
            hold for them too.

            Example:
              capstan pool set fast --count 2 --gpu-model 4090 --max-price 0.50
              capstan pool list
              capstan pool remove fast
            """),
        subcommands: [PoolListCommand.self, PoolSet.self, PoolRemove.self])
}
