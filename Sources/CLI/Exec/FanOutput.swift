import CallProtocol
import NIOCore
import Operations
import Synchronization

/// The output of many nodes, line by line behind their names, and the table at the end.
final class FanOutput: Sendable {
    private let printer: Printer
    private let errors = OutputDescriptor(2)
    private let writing = AsyncLock()
    private let lines: Mutex<[Key: LinePrefixer]>
    private let hasShown = Atomic<Bool>(false)

    private struct Key: Hashable {
        var node: FleetNode
        var type: ChunkType
    }

    init(printer: Printer, nodes: [FleetNode]) {
        self.printer = printer
        let width = nodes.map { CellText.width($0.name) }.max() ?? 0
        var lines: [Key: LinePrefixer] = [:]
        for node in nodes {
            let padding = String(repeating: " ", count: width - CellText.width(node.name))
            // In JSON each line is an object that names its node itself.
            let prefix = printer.format == .table ? "\(CellText.line(node.name))\(padding) | " : ""
            for type in [ChunkType.stdout, .stderr] {
                lines[Key(node: node, type: type)] = LinePrefixer(prefix: prefix)
            }
        }
        self.lines = Mutex(lines)
    }

    func write(_ type: ChunkType, _ bytes: ByteBuffer, of node: FleetNode) async throws {
        let whole = lines.withLock { $0[Key(node: node, type: type)]?.lines(bytes) ?? ByteBuffer() }
        try await put(type, whole, of: node)
    }

    /// Shows what a node has left without a line break.
    func finish(_ node: FleetNode) async throws {
        for type in [ChunkType.stdout, .stderr] {
            let rest = lines.withLock { $0[Key(node: node, type: type)]?.rest() ?? ByteBuffer() }
            try await put(type, rest, of: node)
        }
    }

    private func put(_ type: ChunkType, _ bytes: ByteBuffer, of node: FleetNode) async throws {
        guard bytes.readableBytes > 0 else { return }
        hasShown.store(true, ordering: .relaxed)
        try await writing.withLock {
            guard printer.format != .table else {
                return try await (type == .stderr ? errors : printer.output).write(bytes)
            }
            for line in bytes.readableBytesView.dropLast().split(separator: 10, omittingEmptySubsequences: false) {
                let text = String(decoding: line, as: UTF8.self)
                let value: JSONValue = [
                    "node": .string(node.name), "stream": .string(type == .stderr ? "stderr" : "stdout"),
                    "line": .string(text),
                ]
                try await printer.element(value) { text }
            }
        }
    }

    /// How each node did: a table on stderr for people, an object a node on stdout otherwise.
    func summary(_ outcomes: [ExecOnMany.Outcome]) async throws {
        guard printer.format == .table else {
            for outcome in outcomes {
                var value: JSONValue = ["node": .string(outcome.node), "answered": .bool(outcome.answered)]
                value["exitCode"] = outcome.exit.map { .integer(Int64($0.processCode)) } ?? .null
                if let signal = outcome.exit?.signal { value["signal"] = .string(signal) }
                if let error = outcome.error { value["error"] = try JSONCoding.value(of: error) }
                try await printer.element(value) { outcome.node }
            }
            return
        }
        if !printer.isQuiet {
            // Apart from the output, where there was some.
            let gap = hasShown.load(ordering: .relaxed) ? "\n" : ""
            StandardError.write(gap + Self.table(outcomes).text(coloured: printer.isColoured))
        }
        let silent = outcomes.filter { !$0.answered }.map(\.node)
        if !silent.isEmpty {
            StandardError.write(
                "capstan: \(silent.count) of \(outcomes.count) nodes did not answer: "
                    + "\(silent.joined(separator: ", "))\n")
        }
    }

    /// A row for each node: red is what did not run to its end; another code than 0 is doubtful only.
    static func table(_ outcomes: [ExecOnMany.Outcome]) -> Table {
        Table(
            [.init("NODE"), .init("EXIT", isNumber: true), .init("RESULT")],
            rows: outcomes.map { outcome in
                let exit = outcome.exit
                let result = exit.map { $0.signal.map { "ended by SIG\($0)" } ?? $0.error ?? "done" }
                let hasEnded = exit.map { $0.signal == nil && $0.error == nil } ?? false
                return [
                    .init(outcome.node), .init(exit.map { "\($0.processCode)" }),
                    .init(result ?? outcome.error?.message, outcome.code == 0 ? .good : hasEnded ? .doubtful : .bad),
                ]
            })
    }
}
