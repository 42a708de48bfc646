import ArgumentParser
import CallProtocol
import Operations

/// `capstan exec`
struct Exec: HubCommand, ProgramTaking {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a program on a node, or on all nodes that match.",
        discussion: .flowing(
            """
            stdin is passed on when it is not a terminal; stdout and stderr stay apart; the exit code is the program's.
            Ctrl-C goes to the program; a second one ends it. With --label the program runs on all matching nodes,
            32 at a time, without input; each line begins with its node's name, and the worst code is returned.

            The program belongs to the call: it is ended when the link to its node is lost, when the hub or the spoke
            stops, and when the time of --wait is over (exit code 75). capstan run starts one that survives all of it.

            Example:
              capstan exec gpu-1 -- nvidia-smi
              tar c data | capstan exec gpu-1 -- tar x -C /tmp
              capstan exec --label gpu=true -- uptime
            """))

    @Argument(help: "The node: its id, name, or a unique beginning of its id.", completion: .nodes)
    var node: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Run on all nodes with this label; repeatable: k=v, k!=v, k, !k.", valueName: "selector"))
    var labels: [String] = []

    @Option(
        name: .customLong("env"), help: ArgumentHelp("A variable for the program; repeatable.", valueName: "name=value")
    )
    var environment: [String] = []

    @Option(help: "The program's working directory.") var cwd: String?

    @Flag(help: "Run it on a terminal, as capstan shell does.")
    var tty = false

    @Flag(name: .customLong("no-stdin"), help: "Pass no input on.")
    var noStdin = false

    @Argument(parsing: .postTerminator, help: "The program and its arguments, after --.")
    var command: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard !command.isEmpty else {
            throw Failure.misuse("no program is given", advice: "write it after --: capstan exec NODE -- CMD")
        }
        if cwd?.isEmpty == true { throw Failure.misuse("--cwd is empty; give it a directory of the node") }
        guard !tty || labels.isEmpty else { throw Failure.misuse("--tty is for one node, and --label for many") }
        var input = TTYOpenInput(
            cmd: command, cwd: cwd, env: environment.isEmpty ? nil : try EnvironmentArgument.parse(environment))
        if tty { input.tty = LocalTerminal.request }
        let connector = try await connector()
        switch (node, labels.isEmpty) {
        case (let node?, true):
            let exec = ExecOnNode(input: input, node: node, passesInput: !noStdin, options: global)
            throw ProgramExit(code: try await exec.run(connector))
        case (nil, false):
            let selector = try LabelSelector(parsing: labels)
            throw ProgramExit(code: try await ExecOnMany(input: input, options: global).run(connector, selector))
        case (nil, true):
            throw Failure.misuse("no node is given", advice: "capstan exec NODE -- CMD, or --label k=v for several")
        case (_?, false):
            throw Failure.misuse("a node and --label are given; only one of them can say where")
        }
    }
}
