import CallProtocol
import NIOCore
import Operations

/// Log pieces to this process's own stdout and stderr, byte for byte; or as JSON, one piece a line.
struct LogPrinter: Sendable {
    let printer: Printer
    private let errors = OutputDescriptor(2)

    init(printer: Printer) {
        self.printer = printer
    }

    func write(_ piece: LogPiece, _ bytes: ByteBuffer) async throws {
        guard printer.format == .table else {
            return try await printer.element(try JSONCoding.value(of: piece)) { "" }
        }
        switch piece.kind {
        case .stdout: try await printer.output.write(bytes)
        case .stderr: try await errors.write(bytes)
        case .gap:
            StandardError.write("capstan: output is missing here: the node's disk was full or its log too long\n")
        case .end: break
        }
    }
}
