import ArgumentParser

/// `capstan context`
struct Context: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context", abstract: "The hubs this operator may use.",
        discussion: .flowing(
            """
            Example:
              capstan context list
              capstan context use production
            """),
        subcommands: [ContextList.self, ContextUse.self, ContextRemove.self])
}
