import ArgumentParser

/// `capstan context remove`
struct ContextRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a hub and the key for it.",
        discussion: .flowing(
            """
            The hub still knows this operator; its other operators can remove him there.

            Example:
              capstan context remove staging
            """))

    @Argument(completion: .contexts) var name: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try ContextStore().remove(name)
        output.printer.notice("the context \(name) and its key are removed")
    }
}
