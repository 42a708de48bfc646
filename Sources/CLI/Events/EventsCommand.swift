import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Operations

/// `capstan events`
struct EventsCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "The hub's log of what happened.",
        discussion: .flowing(
            """
            With -f it goes on; a lost link is made again and nothing is missed.

            Example:
              capstan events --since 1h --kind workload
              capstan events -f -o json
            """))

    @Flag(name: [.short, .long], help: "Go on with what comes.") var follow = false

    @Option(help: ArgumentHelp("Begin there: 1h, 2d, or a time in RFC 3339.", valueName: "time")) var since: String?

    @Option(help: ArgumentHelp("Begin behind this event's number.", valueName: "seq")) var after: Int64?

    @Option(help: "Without --since: so many of the latest.") var tail: Int?

    @Option(name: .customLong("kind"), help: "Only kinds that begin so; repeatable: node, workload.submitted.")
    var kinds: [String] = []

    @Option(help: "Only events of this node.", completion: .nodes) var node: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var input = EventWatchInput()
        input.after = after
        input.since = try since.map { try Self.time($0, now: RFC3339.now()) }
        input.tail = tail
        input.kinds = kinds.isEmpty ? nil : kinds
        input.node = node
        input.follow = follow ? true : nil
        let connector = try await connector()
        try await watch(input, connector)
        await connector.close()
    }

    /// The time that `--since` means, in RFC 3339: as it stands, or a duration ago.
    /// - Parameter now: unix milliseconds.
    static func time(_ text: String, now: Int64, of option: String = "--since") throws -> String {
        if let time = RFC3339.milliseconds(text) { return RFC3339.string(time) }
        guard let ago = try? DurationText.parse(text) else {
            throw Failure.misuse("\(option) `\(text)` is neither a duration (1h, 2d) nor a time (2024-02-29T12:34:56Z)")
        }
        return RFC3339.string(now - ago.milliseconds)
    }

    private func watch(_ input: EventWatchInput, _ connector: HubConnector) async throws {
        let patience = follow ? global.wait ?? .seconds(24 * 3_600) : global.wait
        let printer = global.printer
        var input = input
        // A hub that is not there at all is said at once; one that goes away is waited for.
        var deadline = Deadline(in: global.wait)
        var pause = RetryPause()
        while true {
            let connection = try await connector.connection(until: deadline)
            do {
                let subscription = try connection.calls.subscribe(EventOperations.watch, input)
                while let event = try await subscription.next() {
                    try await printer.element(try JSONCoding.value(of: event)) { Self.line(event, printer) }
                    // What comes after a new link begins behind what was shown.
                    input.after = event.seq
                    deadline = Deadline(in: patience)
                    pause = RetryPause()
                }
                return
            } catch let error as CallError {
                let isLoss = connection.isLoss(error)
                if follow, input.after != nil { deadline = deadline.left == nil ? Deadline(in: patience) : deadline }
                guard isLoss, try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    private static func line(_ event: EventView, _ printer: Printer) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - CellText.width(text)))
        }
        let kind = padded(CellText.line(event.kind), 20)
        let shown = printer.isColoured ? Tone.severity(event.severity).applied(to: kind) : kind
        return "\(event.at)  \(shown)  \(CellText.line(event.message))"
    }
}
