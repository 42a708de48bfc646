import ArgumentParser
import CallProtocol
import Operations

/// `capstan role list`
struct RoleList: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The roles, built-in ones first.",
        discussion: .flowing(
            """
            Example:
              capstan role list -o json
            """))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let roles = try await ask(RoleOperations.list, Empty()).roles
        try await global.printer.list(
            try roles.map { try JSONCoding.value(of: $0) }, names: roles.map(\.name), empty: "no roles"
        ) {
            Table(
                [.init("NAME"), .init("BUILT IN"), .init("OPERATORS", isNumber: true), .init("GRANTS")],
                rows: roles.map { role in
                    [
                        .init(role.name), .init(role.builtIn ? "yes" : "no"), .init("\(role.operators.count)"),
                        .init(role.shortGrants),
                    ]
                })
        }
    }
}
