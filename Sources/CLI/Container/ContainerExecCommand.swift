import ArgumentParser
import CallProtocol
import NIOCore
import Operations

/// `capstan container exec`
struct ContainerExecCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a program in a container.",
        discussion: .flowing(
            """
            stdout and stderr stay apart; the exit code is the program's. It has no input and no terminal. Ctrl-C ends
            the program.

            Example:
              capstan container exec web -- nginx -t
              capstan container exec --user postgres --node db-1 db -- pg_dumpall > all.sql
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @Option(
        name: .customLong("env"), help: ArgumentHelp("A variable for the program; repeatable.", valueName: "name=value")
    )
    var environment: [String] = []
    @Option(help: "The user of the container to run it as.") var user: String?
    @Option(help: "The program's working directory.") var workdir: String?
    @Argument(parsing: .postTerminator, help: "The program and its arguments, after --.") var command: [String] = []
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard !command.isEmpty else {
            throw Failure.misuse(
                "no program is given", advice: "write it after --: capstan container exec \(container) -- CMD")
        }
        var input = ContainerExecInput(container: container, cmd: command)
        input.env = environment.isEmpty ? nil : try EnvironmentArgument.parse(environment)
        input.user = user
        input.workdir = workdir
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        input.container = place.container
        let calls = try await connector.connection(until: deadline).calls
        let outputs = try calls.subscribe(
            ContainerOperations.exec, input, .init(node: .named(place.node), deadlineMs: deadline.callMs))
        let code = try await follow(outputs)
        await connector.close()
        throw ProgramExit(code: code)
    }

    private func follow(_ outputs: Subscription<ContainerExecOutput>) async throws -> Int32 {
        let (printer, errors) = (global.printer, OutputDescriptor(2))
        var code: Int32?
        while let output = try await outputs.next() {
            if let exit = output.exitCode { code = Int32(truncatingIfNeeded: exit) }
            if printer.format != .table {
                try await printer.element(try JSONCoding.value(of: output)) { "" }
            } else if let stream = output.stream {
                try await (stream == .stderr ? errors : printer.output).write(ByteBuffer(bytes: output.bytes()))
            }
        }
        guard let code else { throw CallError(.internalError, "the program's exit code did not come") }
        return code
    }
}
