import CallProtocol
import Daemon
import Formats
import Glibc
import NIOCore

/// Where a command's data and notices go: data to stdout in the chosen format, all else to stderr.
struct Printer: Sendable {
    let format: OutputFormat
    /// No notices; lists show only names or ids.
    let isQuiet: Bool
    /// Whether tables may be coloured.
    let isColoured: Bool
    /// Whether JSON is indented, because a person reads it.
    let isIndented: Bool
    let output: OutputDescriptor
    /// Unix milliseconds, for times as distances.
    let now: Int64

    init(
        format: OutputFormat, isQuiet: Bool, isColoured: Bool, isIndented: Bool, output: OutputDescriptor, now: Int64
    ) {
        self.format = format
        self.isQuiet = isQuiet
        self.isColoured = isColoured
        self.isIndented = isIndented
        self.output = output
        self.now = now
    }

    /// The printer of this process: colours on a terminal, unless `NO_COLOR` is set or the terminal is dumb.
    init(format: OutputFormat, isQuiet: Bool) {
        let isTerminal = isatty(1) == 1
        let allowed = getenv("NO_COLOR") == nil && getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
        self.init(
            format: format, isQuiet: isQuiet, isColoured: isTerminal && allowed, isIndented: isTerminal,
            output: OutputDescriptor(1), now: RFC3339.now())
    }

    /// One value: JSON or YAML of it, or what `table` makes of it for people.
    func value(_ value: JSONValue, table: () -> String) async throws {
        switch format {
        case .table: try await text(table())
        case .json: try await text((isIndented ? value.pretty() : value.description) + "\n")
        case .yaml: try await text(try value.yaml())
        }
    }

    /// A list: an array, or a table; with `--quiet` one name a line. Only what is shown is made.
    func list(
        _ elements: @autoclosure () throws -> [JSONValue], names: @autoclosure () -> [String], empty: String,
        table: () -> Table
    ) async throws {
        guard format == .table else { return try await value(.array(try elements())) { "" } }
        guard !isQuiet else { return try await text(names().map { CellText.line($0) + "\n" }.joined()) }
        let table = table()
        if table.rows.isEmpty { return notice(empty) }
        try await text(table.text(coloured: isColoured))
    }

    /// One element of a stream: a line of JSON, a YAML document, or a line for people.
    func element(_ value: JSONValue, line: () -> String) async throws {
        switch format {
        case .table: try await text(line() + "\n")
        case .json: try await text(value.description + "\n")
        case .yaml: try await text("---\n" + (try value.yaml()))
        }
    }

    /// Data as it is.
    func text(_ text: String) async throws {
        guard !text.isEmpty else { return }
        try await output.write(ByteBuffer(string: text))
    }

    /// Something a person may like to know; on stderr, never with `--quiet`.
    func notice(_ text: String) {
        if !isQuiet { StandardError.write(CellText.lines(text) + "\n") }
    }

    /// A time of the wire as a distance from now.
    func ago(_ time: String?) -> String? {
        guard let time else { return nil }
        guard let milliseconds = RFC3339.milliseconds(time) else { return time }
        return RelativeTime.string(milliseconds, now: now)
    }
}
