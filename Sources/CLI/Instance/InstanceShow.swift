import ArgumentParser
import CallProtocol
import Operations

/// `capstan instance show`
struct InstanceShow: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One rented machine, with its time line.",
        discussion: .flowing(
            """
            Example:
              capstan instance show 7k2c9f
            """))

    @Argument(help: "Id, its beginning or its end, or name.") var instance: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(InstanceOperations.show, InstanceRef(instance: instance))
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: view)) { view.text(printer) }
    }
}
