import ArgumentParser
import CallProtocol
import Daemon
import Link
import Operations

/// `capstan run`
struct Run: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Schedule a workload, follow it, and exit with its code.",
        discussion: """
            The hub places it on a node that fits and keeps it until it has ended, also when this command goes away.
            The first Ctrl-C cancels the workload and waits for its end, a second one leaves it alone.

            Example:
              capstan run --label gpu=true --cpus 2 --memory 4G -- python train.py
              capstan run --retries 3 --time-limit 2h --detach -o json -- ./nightly.sh
              capstan run -f job.yaml
            """)

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

    /// How long to look for a hub that was lost while it is followed.
    private static let patience = Duration.seconds(24 * 3_600)

    func run() async throws {
        var spec = WorkloadSpec(cmd: [])
        if let file { spec = try await JobFile.read(file) }
        try job.apply(to: &spec)
        if !command.isEmpty { spec.cmd = command }
        guard !spec.cmd.isEmpty else {
            throw Failure.misuse(
                "no program is given", advice: "write it after --: capstan run -- CMD, or as cmd in -f")
        }
        let connector = try connector()
        let view = try await submit(spec, connector)
        let printer = global.printer
        if detach {
            try await printer.value(["id": .string(view.id), "name": .string(view.name)]) { view.id + "\n" }
            return await connector.close()
        }
        printer.notice("submitted \(view.name) as \(view.id)")
        let follower = RunFollower(connector, view, printer: printer, patience: global.wait ?? Self.patience)
        throw ProgramExit(code: try await follower.run())
    }

    /// Submits with one key however often it is tried, so that a lost answer makes no second workload.
    private func submit(_ spec: WorkloadSpec, _ connector: HubConnector) async throws -> WorkloadView {
        let key = Hex.random(16)
        // The first dial decides whether there is a hub; only then is a loss worth trying again.
        _ = try await connector.connection(until: Deadline(in: global.wait))
        return try await connector.ask(
            WorkloadOperations.submit, spec, wait: global.wait ?? .seconds(30), key: key)
    }
}
