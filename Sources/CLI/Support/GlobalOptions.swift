import ArgumentParser
import Daemon
import Formats

/// What every command that asks a hub understands.
struct GlobalOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .customLong("output")], help: "How data is written: table, json or yaml.")
    var output: OutputFormat = .table

    @Flag(name: [.short, .long], help: "No notices; lists show only names or ids.")
    var quiet = false

    @Option(
        help: "The context to use instead of the current one.",
        completion: .shellCommand("capstan context list --quiet 2>/dev/null"))
    var context: String?

    @Option(
        help: ArgumentHelp(
            "How long the call may take, and how long to keep trying while the hub or the node is away (30s, 5m).",
            valueName: "duration"),
        transform: { try DurationText.parse($0) })
    var wait: Duration?

    /// The printer for these options.
    var printer: Printer { Printer(format: output, isQuiet: quiet) }
}

/// What commands understand that ask no hub.
struct OutputOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .customLong("output")], help: "How data is written: table, json or yaml.")
    var output: OutputFormat = .table

    @Flag(name: [.short, .long], help: "No notices; lists show only names.")
    var quiet = false

    var printer: Printer { Printer(format: output, isQuiet: quiet) }
}

/// Names that the shell completes by asking.
extension CompletionKind {
    static var nodes: CompletionKind { .shellCommand("capstan node list --quiet 2>/dev/null") }
    static var workloads: CompletionKind { .shellCommand("capstan workload list --completions 2>/dev/null") }
    static var contexts: CompletionKind { .shellCommand("capstan context list --quiet 2>/dev/null") }
    static var operators: CompletionKind { .shellCommand("capstan operator list --quiet 2>/dev/null") }
    static var roles: CompletionKind { .shellCommand("capstan role list --quiet 2>/dev/null") }
    static var tokens: CompletionKind { .shellCommand("capstan token list --quiet 2>/dev/null") }
}
