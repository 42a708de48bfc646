import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Operations

/// `capstan token create`
struct TokenCreate: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token; its secret is shown this once.",
        discussion: .flowing(
            """
            A token is for one machine and a quarter of an hour unless told otherwise. Labels and name that it carries
            win over what the machine says of itself. With --state-dir the hub is not asked: so an admin who is locked out
            comes in again.

            Example:
              capstan token create --name gpu-1 --label gpu=true
              capstan token create --kind operator --role viewer --ttl 1h
              capstan token create --kind operator --role admin --state-dir ./hub
            """))

    @Option(help: "What joins with it: spoke, operator, or tunnel.") var kind: Kind = .spoke

    @Option(
        help: ArgumentHelp("How long it may be used: 15m, 2h.", valueName: "duration"),
        transform: { try DurationText.parse($0) })
    var ttl: Duration?

    @Option(parsing: .unconditional, help: "How often it may be used.") var uses: Int?

    @Option(help: "The name of what joins with it.") var name: String?

    @Option(
        name: .customLong("label"), help: ArgumentHelp("A label of the node; repeatable.", valueName: "key=value"))
    var labels: [String] = []

    @Option(
        help: "The role of the operator: admin, operator, viewer, or one of capstan role list; else operator.",
        completion: .roles)
    var role: String?

    @Option(help: "Bind it to a rented instance, by the id that machine gives at spoke join or spoke run.")
    var instance: String?

    @Flag(help: "The node serves nothing until an operator approves it.") var approve = false

    @Option(
        help: ArgumentHelp("Of the hub in this directory, running or not, instead of asking it.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    @OptionGroup var global: GlobalOptions

    /// As the operation's schema has it.
    static let longestLife = Duration.seconds(366 * 86_400)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case spoke, `operator`, tunnel
    }

    func run() async throws {
        if kind == .tunnel, ttl == nil {
            throw Failure.misuse("--ttl is needed: a tunnel is let in until its token ends")
        }
        if let uses, uses < 1 { throw Failure.misuse("--uses \(uses) makes a token that nobody can use") }
        if let ttl, ttl < .seconds(1) { throw Failure.misuse("--ttl must be at least a second") }
        if let ttl, ttl > Self.longestLife {
            throw Failure.misuse(
                "--ttl \(DurationText.string(ttl)) is too long: a token lives for "
                    + "\(DurationText.string(Self.longestLife)) at most")
        }
        if name?.isEmpty == true { throw Failure.misuse("--name is empty; leave it out, or give a name") }
        var input = TokenCreateInput(kind: TokenCreateInput.Kind(rawValue: kind.rawValue))
        input.ttlMs = ttl?.milliseconds
        input.uses = uses
        input.name = name
        input.labels = labels.isEmpty ? nil : try Label.parse(labels)
        input.role = role
        input.instance = instance
        input.approve = approve ? true : nil
        let created =
            if let stateDir { try await TokensOnDisk(stateDir).create(input) } else {
                try await ask(TokenOperations.create, input)
            }
        let printer = global.printer
        try await printer.value([
            "id": .string(created.id), "token": .string(created.token), "expiresAt": .string(created.expiresAt),
        ]) { created.token + "\n" }
        printer.notice("ends \(printer.ago(created.expiresAt) ?? "soon"); \(kind.use)")
    }
}

extension TokenCreate.Kind {
    /// What to do with the token.
    fileprivate var use: String {
        switch self {
        case .spoke: "use it with: capstan spoke join TOKEN"
        case .operator: "use it with: capstan login TOKEN"
        case .tunnel: "a credentials helper of capstan tunnel prints it; tunnels are let in until then"
        }
    }
}
