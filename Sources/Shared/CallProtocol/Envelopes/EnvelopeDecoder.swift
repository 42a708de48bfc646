package import NIOCore

/// Why bytes are not envelopes. Each ends the stream by RESET `frame`.
package enum EnvelopeError: Error, Hashable, Sendable {
    case tooLong(Int)
    case empty
    case malformed(String)
    /// The stream ended inside an envelope.
    case truncated
    /// The link has no room left to assemble it.
    case overBudget

    package var reason: String {
        switch self {
        case .tooLong(let length): "an envelope of \(length) bytes is longer than is allowed here"
        case .empty: "an envelope cannot be empty"
        case .malformed(let text): "not an envelope: \(text)"
        case .truncated: "the stream ended inside an envelope"
        case .overBudget: "too many bytes are being assembled on this link"
        }
    }
}

/// Cuts a byte stream into envelopes. A value: feed it bytes in any portions, take out whole envelopes.
package struct EnvelopeDecoder: Sendable {
    private var bytes = IncomingBytes()
    private let limit: Int

    package init(limit: Int = Envelope.maximumLength) {
        self.limit = limit
    }

    package mutating func append(_ bytes: ByteBuffer) {
        self.bytes.append(bytes)
    }

    /// Bytes held back because their envelope is not whole, or because nobody took them yet.
    package var pendingBytes: Int { bytes.count }

    /// The next whole envelope, or nil when more bytes are needed.
    package mutating func next() throws(EnvelopeError) -> Envelope? {
        guard bytes.has(4), let length = bytes.integer(at: 0, as: UInt32.self) else { return nil }
        guard length > 0 else { throw .empty }
        guard Int(length) <= limit else { throw .tooLong(Int(length)) }
        guard bytes.has(4 + Int(length)), var json = bytes.take(4 + Int(length)) else { return nil }
        json.moveReaderIndex(forwardBy: 4)
        return try Envelope(json: json)
    }

    /// To be called at the stream's end: what is left over is an error, never a short message.
    package func finish() throws(EnvelopeError) {
        guard bytes.count == 0 else { throw .truncated }
    }

    /// What follows the envelopes when the carriage is not `json`.
    package mutating func takeRest() -> ByteBuffer {
        bytes.takeAll()
    }
}

extension Envelope {
    /// Up to so many bytes all of an envelope is read at once, payload included, and not again by whoever decodes that;
    /// a longer one is skimmed, so that what is only passed on costs no memory beyond its bytes.
    private static let readAtOnce = 64 * 1024

    /// Reads the three members; others are ignored, the payload is kept as the bytes it came in.
    package init(json: ByteBuffer) throws(EnvelopeError) {
        let envelope = json.readableBytes <= Self.readAtOnce ? Self.read(json) : nil
        // What is not as it should be is left to the skimming, which says why, or leaves it to the payload's reader.
        self = if let envelope { envelope } else { try Self.skim(json) }
        guard id.utf8.count <= Self.maximumID else { throw .malformed("`id` is longer than \(Self.maximumID) bytes") }
    }

    private static func read(_ json: ByteBuffer) -> Envelope? {
        guard let node = try? RawJSON(validating: json).node, let type = node.member("type")?.string,
            let payload = node.member("payload"), node.count <= JSONScanner.mostMembers
        else { return nil }
        return Envelope(Kind(name: type), id: node.member("id")?.string ?? "", payload: payload.raw)
    }

    private static func skim(_ json: ByteBuffer) throws(EnvelopeError) -> Envelope {
        let members: JSONScanner
        do {
            members = try JSONScanner(json)
        } catch {
            throw .malformed("\(error)")
        }
        guard let type = members.string("type") else { throw .malformed("`type` is missing") }
        guard let payload = members["payload"] else { throw .malformed("`payload` is missing") }
        return Envelope(Kind(name: type), id: members.string("id") ?? "", payload: payload)
    }
}
