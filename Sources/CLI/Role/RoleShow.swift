import ArgumentParser
import CallProtocol
import Operations

/// `capstan role show`
struct RoleShow: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One role: its grants, and who has it.",
        discussion: .flowing(
            """
            Example:
              capstan role show viewer
            """))

    @Argument(help: "The role's name.", completion: .roles) var role: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(RoleOperations.show, RoleRef(role: role))
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: view)) { view.fields.text(coloured: printer.isColoured) }
    }
}
