import ArgumentParser

/// `capstan token`
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Tokens that machines and operators join with.",
        discussion: .flowing(
            """
            Example:
              capstan token create --ttl 1h --label gpu=true
              capstan token create --kind operator --role viewer
              capstan token list
            """),
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}
