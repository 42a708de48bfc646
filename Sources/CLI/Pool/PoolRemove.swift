import ArgumentParser
import Operations

/// `capstan pool remove`
struct PoolRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Keep none ready any more.",
        discussion: .flowing(
            """
            Its machines are given back when they have had nothing to do for ten minutes; capstan instance release does it
            at once.

            Example:
              capstan pool remove fast
            """))

    @Argument(help: "Its name.") var name: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(PoolOperations.remove, PoolRef(name: name))
        global.printer.notice("\(name) keeps no machine ready any more")
    }
}
