import ArgumentParser
import CallProtocol
import Operations

/// `capstan shell`
struct Shell: HubCommand, ProgramTaking {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "A terminal on a node, in a container, or on a host behind a node.",
        discussion: .flowing(
            """
            Without a program the login shell of the spoke's user begins; in a container bash where it has one, else sh.
            The exit code is the program's. At the begin of a line ~. leaves and ends what runs, ~? shows the other keys.

            With --session it is kept: it goes on when you leave, and whatever becomes of the link, the hub and the
            spoke; a lost link is joined again by itself. Where a session of that name runs already, you join it.

            Example:
              capstan shell gpu-1
              capstan shell gpu-1 -- htop
              capstan shell gpu-1 --session train
              capstan shell gpu-1 --container web
              capstan shell gateway --ssh admin@10.0.0.7
            """))

    @Argument(help: "The node: its id, name, or a unique beginning of its id.", completion: .nodes)
    var node: String

    @Option(help: ArgumentHelp("In this container of the node.", valueName: "name")) var container: String?

    @Flag(help: "With --container: join the container's own program instead of starting one.") var attach = false

    @Option(help: ArgumentHelp("On this host, by the node's ssh client.", valueName: "user@host")) var ssh: String?

    @Option(
        help: ArgumentHelp("Keep it as a session of this name, or join the one that runs there.", valueName: "name"))
    var session: String?

    @Option(
        name: .customLong("env"), help: ArgumentHelp("A variable for the program; repeatable.", valueName: "name=value")
    )
    var environment: [String] = []

    @Option(help: "The program's working directory.") var cwd: String?

    @Option(help: "Who it runs as.") var user: String?

    @Argument(parsing: .postTerminator, help: "A program and its arguments, after --, instead of a shell.")
    var command: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard InputDescriptor().isTerminal else {
            throw Failure.misuse(
                "stdin is no terminal, and a shell needs one",
                advice: "for a program without one: capstan exec \(node) -- CMD")
        }
        if let session { throw ProgramExit(code: try await keep(session, try input())) }
        let exec = ExecOnNode(input: try input(), node: node, passesInput: true, options: global)
        throw ProgramExit(code: try await exec.run(try await connector()))
    }

    /// Begins a session, or joins the one of this name.
    private func keep(_ name: String, _ given: TTYOpenInput) async throws -> Int32 {
        guard !name.isEmpty else { throw Failure.misuse("--session is empty; give the session a name") }
        var input = given
        input.session = SessionRequest(name: name, keep: true)
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let exec = ExecOnNode(input: input, node: node, passesInput: true, options: global)
        let place = FleetNode(id: node, name: node)
        let (kept, isNew): (KeptSession, Bool)
        do {
            let opened = try await exec.open(connector, deadline)
            (kept, isNew) = (KeptSession(opened, on: place, isWriter: true, connector), true)
        } catch let error as CallError where error.code == .conflict {
            kept = try await KeptSession(joining: name, on: place, isWriter: true, connector, until: deadline)
            isNew = false
            StandardError.write("capstan: joined the session \(name), which runs on \(node)\n")
        }
        let visit = SessionVisit(
            session: kept, node: node, name: name, program: input.cmd.first ?? "", options: global)
        return try await visit.run(connector, deadline, redraws: !isNew)
    }

    private func input() throws -> TTYOpenInput {
        guard container == nil || ssh == nil else {
            throw Failure.misuse("--container and --ssh are given; only one of them can say where")
        }
        guard !attach || container != nil else {
            throw Failure.misuse("--attach joins the program of a container; name it with --container")
        }
        guard !attach || command.isEmpty else {
            throw Failure.misuse("with --attach no program is started, and one is given")
        }
        var input = TTYOpenInput(
            cmd: command, cwd: cwd, env: environment.isEmpty ? nil : try EnvironmentArgument.parse(environment))
        input.user = user
        input.tty = LocalTerminal.request
        if let ssh {
            (input.backend, input.host) = ("ssh", ssh)
        } else if let container {
            (input.backend, input.container) = ("container", container)
            if attach { input.mode = .attach } else if command.isEmpty { input.cmd = Self.containerShell }
        } else if command.isEmpty {
            input.cmd = Self.loginShell
        }
        return input
    }

    /// Where the node says which shell its user has.
    static let loginShell = ["/bin/sh", "-c", #"exec "${SHELL:-/bin/sh}" -l"#]
    static let containerShell = [
        "/bin/sh", "-c", "if command -v bash > /dev/null 2>&1; then exec bash; else exec sh; fi",
    ]
}
