import ArgumentParser
import CallProtocol
import Operations

/// `capstan role remove`
struct RoleRemove: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a role that nobody has any more.",
        discussion: .flowing(
            """
            It is refused while an operator has the role, or a token that can be used yet gives it.

            Example:
              capstan role remove site-a
            """))

    @Argument(help: "The role's name.", completion: .roles) var role: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await ask(RoleOperations.remove, RoleRef(role: role))
        let printer = global.printer
        if printer.format != .table { try await printer.value(["removed": .string(role)]) { "" } }
        printer.notice("the role \(role) is removed")
    }
}
