import ArgumentParser
import CallProtocol
import Operations

/// `capstan token list`
struct TokenList: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Tokens, newest first; their secrets are never shown again.",
        discussion: .flowing(
            """
            Example:
              capstan token list -o json
            """))

    @Option(
        help: ArgumentHelp("Of the hub in this directory, running or not, instead of asking it.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let tokens =
            if let stateDir { try await TokensOnDisk(stateDir).list() } else {
                try await pages(TokenOperations.list) { TokenListInput(cursor: $0) }
            }
        let printer = global.printer
        try await printer.list(
            try tokens.map { try JSONCoding.value(of: $0) }, names: tokens.map(\.id),
            empty: "no tokens; make one with: capstan token create"
        ) {
            Table(
                [
                    .init("ID"), .init("KIND"), .init("STATE"), .init("USES", isNumber: true), .init("NAME"),
                    .init("ROLE"),
                    .init("LABELS"), .init("MADE"), .init("ENDS"),
                ],
                rows: tokens.map { token in
                    [
                        .init(token.id), .init(token.kind), .init(token.state, .state(token.state)),
                        .init("\(token.uses)/\(token.maxUses)"), .init(token.name), .init(token.role),
                        .init(LabelText.line(token.labels)), .init(printer.ago(token.createdAt)),
                        .init(printer.ago(token.expiresAt)),
                    ]
                })
        }
    }
}
