import ArgumentParser
import CallProtocol
import Operations

/// `capstan token revoke`
struct TokenRevoke: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Make a token useless at once.",
        discussion: .flowing(
            """
            Who has joined with it stays.

            Example:
              capstan token revoke 01JD3V7Q8R...
            """))

    @Argument(help: "The token's id from capstan token list, or a unique beginning of it.", completion: .tokens)
    var token: String

    @Option(
        help: ArgumentHelp("Of the hub in this directory, running or not, instead of asking it.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard !token.hasPrefix(JoinToken.prefix) else {
            let id = try JoinToken(token).id
            return try await revoke(id)
        }
        try await revoke(token)
    }

    private func revoke(_ id: String) async throws {
        if let stateDir {
            try await TokensOnDisk(stateDir).revoke(id)
        } else {
            _ = try await ask(TokenOperations.revoke, TokenRef(token: id))
        }
        let printer = global.printer
        if printer.format != .table { try await printer.value(["revoked": .string(id)]) { "" } }
        printer.notice("the token \(id) is revoked")
    }
}
