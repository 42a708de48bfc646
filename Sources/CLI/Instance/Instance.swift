import ArgumentParser

/// `capstan instance`
struct Instance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instance", abstract: "Machines that are rented from providers.",
        discussion: .flowing(
            """
            A rented machine becomes a node by itself, and is given back when it has had nothing to do for ten minutes.
            What may be spent is said with capstan budget.

            Example:
              capstan instance rent --gpu-model 4090 --max-price 0.50
              capstan instance list
              capstan instance release 7k2c9f
            """),
        subcommands: [
            InstanceListCommand.self, InstanceShow.self, InstanceRent.self, InstanceRelease.self,
            InstanceReconcile.self,
        ])
}
