package import CallProtocol
package import NIOCore

/// Reads JSON values that stand one behind the other, each ended by a line feed or begun by a record separator, from bytes
/// that come in any pieces.
package struct JSONStreamReader: Sendable {
    /// Bytes of one value, at most.
    package static let longest = 16 << 20

    private let isSequence: Bool
    private var held: [UInt8] = []

    package init(_ form: StreamForm) { isSequence = form == .sequence }

    /// - Throws: ``StreamError`` for what is no JSON, or too long.
    package mutating func feed(_ bytes: ByteBuffer) throws(StreamError) -> [JSONValue] {
        var found: [JSONValue] = []
        for byte in bytes.readableBytesView {
            // RFC 7464: a record separator begins a text. Line feeds may stand within it.
            if byte == (isSequence ? 0x1E : 0x0A) {
                if let value = try take() { found.append(value) }
            } else {
                guard held.count < Self.longest else {
                    throw StreamError(reason: "a value is longer than \(Self.longest >> 20) MiB")
                }
                held.append(byte)
            }
        }
        return found
    }

    /// What is left when the stream ends.
    package mutating func finish() throws(StreamError) -> JSONValue? { try take() }

    private mutating func take() throws(StreamError) -> JSONValue? {
        defer { held.removeAll(keepingCapacity: true) }
        guard held.contains(where: { $0 > 0x20 }) else { return nil }
        do throws(JSONParseError) { return try JSONParser.parse(held) } catch {
            throw StreamError(reason: "what stands between two marks is no JSON: \(error)")
        }
    }
}
