import ArgumentParser
import CallProtocol
import Formats
import NIOCore
import Operations

/// `capstan container logs`
struct ContainerLogsCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "What a container has written, byte for byte.",
        discussion: .flowing(
            """
            stdout and stderr stay apart. With -f it goes on until the container has exited, also over a restart of the
            engine. With -o json each line is an object: stream, timestamp, and text, or base64 where it is not UTF-8.

            Example:
              capstan container logs web --tail 100
              capstan container logs -f --since 10m web
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @Flag(name: [.short, .long], help: "Go on until the container has exited.") var follow = false
    @Option(parsing: .unconditional, help: "Only so many lines from the end.") var tail: Int?
    @Option(help: ArgumentHelp("Begin there: 10m, 2d, or a time in RFC 3339.", valueName: "time")) var since: String?
    @Option(help: ArgumentHelp("End there.", valueName: "time")) var until: String?
    @Flag(name: [.short, .long], help: "Each line behind its time.") var timestamps = false
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if let tail, tail < 0 { throw Failure.misuse("--tail cannot be negative") }
        let now = RFC3339.now()
        var input = ContainerLogsInput(container: container, follow: follow ? true : nil, tail: tail)
        input.since = try since.map { try EventsCommand.time($0, now: now, of: "--since") }
        input.until = try until.map { try EventsCommand.time($0, now: now, of: "--until") }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        input.container = place.container
        let calls = try await connector.connection(until: deadline).calls
        let entries = try calls.subscribe(ContainerOperations.logs, input, .init(node: .named(place.node)))
        let (printer, errors) = (global.printer, OutputDescriptor(2))
        while let entry = try await entries.next() {
            guard printer.format == .table else {
                try await printer.element(try JSONCoding.value(of: entry)) { "" }
                continue
            }
            var line = ByteBuffer()
            if timestamps, let time = entry.timestamp { line.writeString(CellText.line(time) + " ") }
            line.writeBytes(entry.bytes())
            if !(entry.partial ?? false) { line.writeString("\n") }
            try await (entry.stream == .stderr ? errors : printer.output).write(line)
        }
        await connector.close()
    }
}
