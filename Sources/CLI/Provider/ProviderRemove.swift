import ArgumentParser
import Operations

/// `capstan provider remove`
struct ProviderRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget an imported API.",
        discussion: .flowing(
            """
            Its operations are gone from the hub. Nothing is done at the company: where machines were rented it is asked first
            whether any of them is left, because nobody here would end it any more.

            Example:
              capstan provider remove runpod
            """))

    @Argument(help: "The provider's name.") var name: String

    @Flag(help: "Also when it has machines of this hub's, or cannot be asked.") var force = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(ProviderOperations.remove, ProviderRemoveInput(name: name, force: force ? true : nil))
        global.printer.notice("\(name) is forgotten")
    }
}
