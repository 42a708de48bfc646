import ArgumentParser
import Operations

/// `capstan workload logs`
struct WorkloadLogs: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "The output of a workload, byte for byte.",
        discussion: .flowing(
            """
            stdout and stderr stay apart. With -f it goes on live, over lost links, until the attempt's log is complete.
            With -o json each piece is an object: offset, kind, time, and text, or base64 where it is not UTF-8.

            Example:
              capstan workload logs train > train.log
              capstan workload logs -f train
              capstan workload logs train --attempt 1
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .workloads) var workload: String

    @Flag(name: [.short, .long], help: "Go on with what comes.") var follow = false

    @Option(parsing: .unconditional, help: "Which attempt; the latest when left out.") var attempt: Int?

    @Option(parsing: .unconditional, help: "Begin behind so many bytes.") var offset: Int64?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if let offset, offset < 0 { throw Failure.misuse("--offset cannot be negative") }
        if let attempt, attempt < 1 { throw Failure.misuse("attempts are counted from 1") }
        let connector = try await connector()
        // A name may come to mean another workload while this is followed; an id does not.
        let id = try await connector.ask(
            WorkloadOperations.show, WorkloadRef(workload: workload), wait: global.wait
        ).id
        let input = WorkloadLogsInput(workload: id, attempt: attempt, offset: offset, follow: follow)
        let log = LogFollower(connector, input, patience: follow ? global.wait ?? .seconds(24 * 3_600) : global.wait)
        let printer = LogPrinter(printer: global.printer)
        try await log.run { try await printer.write($0, $1) }
        await connector.close()
    }
}
