import CallProtocol
import Formats
import FoundationEssentials
import Operations

/// A session in the format asciicast version 2 (docs.asciinema.org/manual/asciicast/v2): a header, then one event a line.
/// A value.
struct Asciicast {
    private let view: TTYSessionView
    /// The first bytes of a character whose others come with the next piece.
    private var held: [TTYPiece.Kind: [UInt8]] = [:]

    init(_ view: TTYSessionView) { self.view = view }

    /// The first line.
    var header: String {
        var header: JSONValue = [
            "version": 2, "width": .integer(Int64(view.cols ?? 80)), "height": .integer(Int64(view.rows ?? 24)),
        ]
        if let begun = RFC3339.milliseconds(view.startedAt) { header["timestamp"] = .integer(begun / 1000) }
        header["title"] = .string(view.name ?? view.session)
        header["command"] = .string(view.cmd.joined(separator: " "))
        return header.line
    }

    /// The lines that a piece makes. Bytes that are no UTF-8 become U+FFFD; what belongs to a character that is not whole
    /// yet is held back until the rest comes.
    mutating func lines(_ piece: TTYPiece) -> [String] {
        switch piece.kind {
        case .stdout, .stderr:
            guard let data = piece.data.flatMap({ Data(base64Encoded: $0) }) else { return [] }
            let bytes = (held.removeValue(forKey: piece.kind) ?? []) + data
            let whole = bytes.count - Self.begun(bytes)
            if whole < bytes.count { held[piece.kind] = Array(bytes[whole...]) }
            return whole == 0 ? [] : [event("o", String(decoding: bytes[..<whole], as: UTF8.self), piece)]
        case .resize: return [event("r", "\(piece.cols ?? 80)x\(piece.rows ?? 24)", piece)]
        case .gap: return [event("m", "output is missing here", piece)]
        case .end:
            let rest = held.values.flatMap(\.self)
            return rest.isEmpty ? [] : [event("o", String(decoding: rest, as: UTF8.self), piece)]
        }
    }

    private func event(_ code: String, _ text: String, _ piece: TTYPiece) -> String {
        let value: JSONValue = [.double(Double(piece.timeUs) / 1_000_000), .string(code), .string(text)]
        return value.line
    }

    /// How many bytes at the end are the beginning of a character whose other bytes may still come.
    static func begun(_ bytes: some BidirectionalCollection<UInt8>) -> Int {
        for (distance, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
            let length = byte >= 0xF0 && byte < 0xF8 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return byte < 0xF8 && length > distance + 1 ? distance + 1 : 0
        }
        return 0
    }
}

extension JSONValue {
    fileprivate var line: String { RawJSON(self).description + "\n" }
}
