import ArgumentParser
import CallProtocol
import FoundationEssentials
import Operations

/// What a new tunnel is given.
struct TunnelOptions: ParsableArguments {
    @Option(help: "The node that it ends at; left out, it ends at this machine.", completion: .nodes) var node: String?

    @Option(
        help: ArgumentHelp(
            "Where it leads, as seen from where it ends; http where no scheme is said.", valueName: "scheme://host:port"
        ))
    var endpoint: String?

    @Option(help: "What people call it.") var label: String?

    @Option(help: "What it belongs to.") var project: String?

    @Option(help: "For tcp://: the port of the hub's range; a free one when left out.") var port: Int?

    @Option(help: "For HTTP: a name below the hub's domain, or a whole one; one that nobody guesses when left out.")
    var hostname: String?

    @Option(
        name: .customLong("allow-from"),
        help: ArgumentHelp("Who may connect: an address or a network; repeatable.", valueName: "cidr"))
    var allowFrom: [String] = []

    @OptionGroup var bearer: BearerOption

    /// The input that makes it.
    func input(node: String?, endpoint: String) throws -> TunnelCreateInput {
        if let port, !(1...65_535 ~= port) { throw Failure.misuse("--port \(port) is no port") }
        var input = TunnelCreateInput(node: node, endpoint: endpoint)
        (input.label, input.project) = (label, project)
        if port != nil || hostname != nil { input.expose = TunnelExpose(port: port, hostname: hostname) }
        input.access = try access()
        return input
    }

    /// Whether nothing is said of a new tunnel but its endpoint.
    var isEmpty: Bool {
        node == nil && label == nil && project == nil && port == nil && hostname == nil && allowFrom.isEmpty
            && bearer.file == nil
    }

    /// Nil where nothing is said of it.
    func access() throws -> TunnelAccess? {
        let token = try bearer.token()
        guard !allowFrom.isEmpty || token != nil else { return nil }
        return TunnelAccess(allowFrom: allowFrom.isEmpty ? nil : allowFrom, bearer: token)
    }

    /// Whether a tunnel of this name is the one that is asked for; a label stands for a name below the hub's domain.
    func mayBe(named name: String?) -> Bool {
        guard let hostname = hostname?.lowercased() else { return true }
        return name == hostname || (!hostname.contains(".") && name?.hasPrefix("\(hostname).") == true)
    }

    /// Whether a tunnel that is there is the one that is asked for, as far as the hub tells.
    func fits(_ view: TunnelView) -> Bool {
        (label == nil || label == view.label) && (allowFrom.isEmpty || allowFrom == view.access.allowFrom)
            && (bearer.file == nil || view.access.needsBearer == true)
    }
}

/// The token that requests have to show.
struct BearerOption: ParsableArguments {
    @Option(
        name: .customLong("bearer-file"),
        help: ArgumentHelp(
            "For HTTP: a file with the token that requests have to show (Authorization: Bearer); - for stdin.",
            valueName: "file"),
        completion: .file())
    var file: String?

    /// The first line of the file.
    func token() throws -> String? {
        guard let file else { return nil }
        let line = file == "-" ? readLine() : try Self.firstLine(file)
        guard let line, !line.isEmpty else { throw Failure.misuse("--bearer-file: there is no token in it") }
        return line
    }

    private static func firstLine(_ path: String) throws -> String? {
        do {
            return try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).first.map(
                String.init)
        } catch { throw Failure.misuse("--bearer-file: cannot read \(CellText.line(path))") }
    }
}

extension CompletionKind {
    static var tunnels: CompletionKind { .shellCommand("capstan tunnel list --quiet 2>/dev/null") }
}
