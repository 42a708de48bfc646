import ArgumentParser
import CallProtocol
import Operations

/// `capstan tunnel update`
struct TunnelUpdate: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change what a tunnel is called, where it leads, or who may use it.",
        discussion: .flowing(
            """
            Connections that stand are not touched.

            Example:
              capstan tunnel update db --endpoint tcp://10.0.0.6:5432
            """))

    @Argument(help: "Its id, a unique beginning of it, or its label.", completion: .tunnels) var tunnel: String
    @Option(help: "What people call it.") var label: String?
    @Option(help: ArgumentHelp("Where it leads, as the node sees it.", valueName: "scheme://host:port"))
    var endpoint: String?
    @Option(
        name: .customLong("allow-from"),
        help: ArgumentHelp("Who may connect: an address or a network; repeatable.", valueName: "cidr"))
    var allowFrom: [String] = []
    @Flag(help: "Everybody may connect.") var allowAll = false
    @OptionGroup var bearer: BearerOption
    @Flag(help: "Requests need no token any more.") var noBearer = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let isAccess = !allowFrom.isEmpty || allowAll || bearer.file != nil || noBearer
        guard label != nil || endpoint != nil || isAccess else {
            throw Failure.misuse(
                "nothing is to be changed",
                advice: "--label, --endpoint, --allow-from, --allow-all, --bearer-file or --no-bearer")
        }
        guard bearer.file == nil || !noBearer else { throw Failure.misuse("--bearer-file and --no-bearer contradict") }
        guard allowFrom.isEmpty || !allowAll else { throw Failure.misuse("--allow-from and --allow-all contradict") }
        var input = TunnelUpdateInput(id: tunnel)
        (input.label, input.endpoint) = (label, endpoint)
        if !allowFrom.isEmpty || allowAll { input.allowFrom = allowFrom }
        input.bearer = noBearer ? "" : try bearer.token()
        let view = try await ask(TunnelOperations.update, input)
        try await global.printer.value(try JSONCoding.value(of: view)) { "\(view.url)\n" }
    }
}
