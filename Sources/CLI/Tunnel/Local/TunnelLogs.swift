import ArgumentParser
import CallProtocol
import Daemon

/// `capstan tunnel logs`
struct TunnelLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "What a tunnel of this machine wrote into its log.",
        discussion: .flowing(
            """
            With -o json the lines are as they stand in the file.

            Example:
              capstan tunnel logs --name notebook --tail 50
              capstan tunnel logs --name notebook -f
            """))

    @OptionGroup var local: LocalTunnelOptions
    @Flag(name: [.short, .long], help: "Go on with what is written from now on.") var follow = false
    @Option(help: "So many lines of the end; all of the file when left out.") var tail: Int?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let repo = try local.known().repo
        if let tail, tail < 0 { throw Failure.misuse("--tail \(tail) is no number of lines") }
        let printer = output.printer
        var file = LogFile(path: repo.logPath)
        try await show(file.last(tail), printer)
        guard follow else { return }
        while true {
            let lines = try file.more()
            if lines.isEmpty { try await Task.sleep(for: .milliseconds(250)) } else { try await show(lines, printer) }
        }
    }

    private func show(_ lines: [String], _ printer: Printer) async throws {
        let text = lines.map { (printer.format == .table ? LogLine.words($0) : $0) + "\n" }.joined()
        try await printer.text(text)
    }
}
