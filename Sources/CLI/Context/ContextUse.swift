import ArgumentParser

/// `capstan context use`
struct ContextUse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Make a context the current one.",
        discussion: .flowing(
            """
            Example:
              capstan context use production
            """))

    @Argument(completion: .contexts) var name: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try ContextStore().use(name)
        output.printer.notice("the current context is \(name)")
    }
}
