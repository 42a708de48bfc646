import CallProtocol
import Formats
import FoundationEssentials
import NIOCore
import Operations

/// Log pieces to this process's own stdout and stderr, byte for byte; or as JSON, one piece a line:
/// `{"offset","kind","time"}` with the bytes as `text` where they are UTF-8, else as `base64`.
struct LogPrinter: Sendable {
    let printer: Printer
    private let errors = OutputDescriptor(2)

    init(printer: Printer) {
        self.printer = printer
    }

    func write(_ piece: LogPiece, _ bytes: ByteBuffer) async throws {
        guard printer.format == .table else {
            return try await printer.element(Self.shown(piece, bytes)) { "" }
        }
        switch piece.kind {
        case .stdout: try await printer.output.write(bytes)
        case .stderr: try await errors.write(bytes)
        case .gap:
            StandardError.write("capstan: output is missing here: the node's disk was full or its log too long\n")
        case .end: break
        }
    }

    /// A piece as an object.
    static func shown(_ piece: LogPiece, _ bytes: ByteBuffer) -> JSONValue {
        var value: JSONValue = [
            "offset": .integer(piece.offset), "kind": .string(piece.kind.rawValue),
            "time": .string(RFC3339.string(piece.timeUs / 1_000)),
        ]
        guard piece.kind == .stdout || piece.kind == .stderr else { return value }
        if let text = String(validating: bytes.readableBytesView, as: UTF8.self) {
            value["text"] = .string(text)
        } else {
            value["base64"] = .string(Data(bytes.readableBytesView).base64EncodedString())
        }
        return value
    }
}
