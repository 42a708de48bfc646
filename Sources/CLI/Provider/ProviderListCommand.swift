import ArgumentParser
import CallProtocol
import Operations

/// `capstan provider list`
struct ProviderListCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The imported APIs.",
        discussion: .flowing(
            """
            Example:
              capstan provider list
            """))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let providers = try await ask(ProviderOperations.list, Empty()).providers
        try await global.printer.list(
            try providers.map { try JSONCoding.value(of: $0) }, names: providers.map(\.name),
            empty: "no provider yet: capstan provider import NAME DOCUMENT"
        ) {
            Table(
                [
                    .init("NAME"), .init("TITLE"), .init("VERSION"), .init("OPERATIONS", isNumber: true),
                    .init("EXTERNAL", isNumber: true), .init("SERVER"), .init("CREDENTIAL"), .init("IMPORTED"),
                ],
                rows: providers.map { view in
                    [
                        .init(view.name, view.fault == nil ? .plain : .bad), .init(view.fault ?? view.title),
                        .init(view.version), .init("\(view.operations)"),
                        .init("\(view.external)"), .init(view.server), .init(view.credentials.joined(separator: ", ")),
                        .init(global.printer.ago(view.importedAt)),
                    ]
                })
        }
    }
}
