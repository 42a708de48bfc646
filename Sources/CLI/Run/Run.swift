import ArgumentParser
import Operations

/// `capstan run`
struct Run: HubCommand, ProgramTaking {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Schedule a workload, follow it, and exit with its code.",
        discussion: .flowing(
            """
            The hub places it on a node that fits and keeps it until it has ended, also when this command goes away.
            The first Ctrl-C cancels the workload and waits for its end, a second one leaves it alone. With --wait it is
            followed for that long at most: then the exit code is 75, and the workload goes on.

            With -o json each line of output is an object on stdout, {"attempt","stream","line"}, and the workload as in
            workload show is the last one. What is not text is best read with workload logs.

            Example:
              capstan run --label gpu=true --cpus 2 --memory 4G -- python train.py
              capstan run --retries 3 --time-limit 2h --detach -o json -- ./nightly.sh
              capstan run --image python:3.12 --memory 2G -- python -c 'print(6 * 7)'
              capstan run -f job.yaml
              capstan run -o json -- ./nightly.sh | tail -n 1
            """))

    @OptionGroup(title: "What and where") var job: JobOptions

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("A YAML file with the same fields; - reads it from stdin.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @Flag(help: "Do not follow: print the workload's id.") var detach = false

    @Argument(parsing: .postTerminator, help: "The program and its arguments, after --.")
    var command: [String] = []

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var spec = WorkloadSpec(cmd: [])
        if let file { spec = try await JobFile.read(file) }
        try job.apply(to: &spec)
        if !command.isEmpty { spec.cmd = command }
        guard !spec.cmd.isEmpty || spec.image != nil else {
            throw Failure.misuse(
                "no program is given", advice: "write it after --: capstan run -- CMD, or as cmd in -f")
        }
        // Before the hub can know of it: from here on no signal ends this without a word.
        let interrupts = try Interrupts()
        let session = RunSession(
            spec: spec, connector: try await connector(), interrupts: interrupts,
            voice: RunVoice(printer: global.printer, isLive: LocalTerminal.drawsLines),
            wait: global.wait, isDetached: detach)
        throw ProgramExit(code: try await session.run())
    }
}
