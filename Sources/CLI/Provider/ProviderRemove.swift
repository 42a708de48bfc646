import ArgumentParser
import Operations

/// `capstan provider remove`
struct ProviderRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget an imported API.",
        discussion: .flowing(
            """
            Its operations are gone from the hub. Nothing is done at the company.

            Example:
              capstan provider remove runpod
            """))

    @Argument(help: "The provider's name.") var name: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(ProviderOperations.remove, ProviderRef(name: name))
        global.printer.notice("\(name) is forgotten")
    }
}
