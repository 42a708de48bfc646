import CallProtocol
import NIOCore
import Operations
import Synchronization

/// A workload's output as `run` shows it: byte for byte on stdout and stderr; with `-o json` or `yaml` one object a line of
/// output on stdout, and the workload as the last one. One attempt at a time.
final class RunOutput: Sendable {
    private let printer: Printer
    private let voice: RunVoice
    private let plain: LogPrinter
    private let lines = Mutex<[ChunkType: LinePrefixer]>([:])

    init(printer: Printer, voice: RunVoice) {
        self.printer = printer
        self.voice = voice
        plain = LogPrinter(
            printer: Printer(
                format: .table, isQuiet: printer.isQuiet, isColoured: false, isIndented: false, output: printer.output,
                now: printer.now))
    }

    /// Shows a piece of an attempt's output.
    func write(_ piece: LogPiece, _ bytes: ByteBuffer, attempt: Int) async throws {
        let stream: ChunkType = piece.kind == .stderr ? .stderr : .stdout
        guard printer.format != .table, piece.kind == .stdout || piece.kind == .stderr else {
            try await plain.write(piece, bytes)
            return voice.passed(stream, bytes)
        }
        let whole = lines.withLock { $0[stream, default: LinePrefixer(prefix: "")].lines(bytes) }
        try await put(whole, stream, attempt)
    }

    /// Shows what an attempt has left without a line break.
    func finish(attempt: Int) async throws {
        for stream in [ChunkType.stdout, .stderr] {
            let rest = lines.withLock { $0[stream]?.rest() ?? ByteBuffer() }
            try await put(rest, stream, attempt)
        }
    }

    /// The workload at its end, for scripts.
    func conclude(_ view: WorkloadView) async throws {
        guard printer.format != .table else { return }
        try await printer.element(try view.shown()) { "" }
    }

    private func put(_ bytes: ByteBuffer, _ stream: ChunkType, _ attempt: Int) async throws {
        guard bytes.readableBytes > 0 else { return }
        for line in bytes.readableBytesView.dropLast().split(separator: 10, omittingEmptySubsequences: false) {
            let value: JSONValue = [
                "attempt": .integer(Int64(attempt)), "stream": .string(stream == .stderr ? "stderr" : "stdout"),
                "line": .string(String(decoding: line, as: UTF8.self)),
            ]
            try await printer.element(value) { "" }
        }
    }
}
