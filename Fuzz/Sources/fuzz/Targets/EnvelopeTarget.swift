import CallProtocol
import NIOCore

/// Envelopes: as a stream of them, and as the JSON of one.
enum EnvelopeTarget {
    static let target = FuzzTarget(
        name: "envelopes", largest: 16_384,
        words: Seeds.jsonWords + ["\"type\"", "\"id\"", "\"payload\"", "call.requested", "call.error", "\\u0074ype"],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let decoded = decodedAnyway(bytes, decode)
        for envelope in decoded.values { writeAgain(envelope) }
        guard !bytes.isEmpty else { return }
        let one = attempt(EnvelopeError.self) { try Envelope(json: ByteBuffer(bytes: bytes)) }
        if case .success(let envelope) = one { writeAgain(envelope) }
        // A long envelope is skimmed where a short one is read. White space makes it long and means nothing.
        let long = attempt(EnvelopeError.self) {
            try Envelope(json: ByteBuffer(bytes: bytes + [UInt8](repeating: 0x20, count: 65_537)))
        }
        must(isSame(one, long), "read: \(one), skimmed: \(long)")
    }

    private static func decode(_ portions: [ByteBuffer]) -> Decoded<Envelope, EnvelopeError> {
        var decoder = EnvelopeDecoder()
        var decoded = Decoded<Envelope, EnvelopeError>()
        do throws(EnvelopeError) {
            for portion in portions {
                decoder.append(portion)
                while let envelope = try decoder.next() { decoded.values.append(envelope) }
            }
            decoded.left = decoder.pendingBytes
            try decoder.finish()
            must(decoded.left == 0, "what is left over is an error")
        } catch {
            decoded.failure = error
        }
        return decoded
    }

    private static func writeAgain(_ envelope: Envelope) {
        must(envelope.id.utf8.count <= Envelope.maximumID, "an id is within its bound")
        let again = decode([ByteBuffer(bytes: Seeds.bytes { $0.writeEnvelope(envelope) })])
        must(again.failure == nil && again.values == [envelope], "\(envelope) came back as \(again)")
    }

    private static func isSame(
        _ left: Result<Envelope, EnvelopeError>, _ right: Result<Envelope, EnvelopeError>
    ) -> Bool {
        switch (left, right) {
        case (.success(let left), .success(let right)): left == right
        case (.failure, .failure): true
        default: false
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let request = CallRequest(operation: "host/facts", input: .emptyObject, node: .named("n1"), deadlineMs: 1000)
        let envelopes: [[UInt8]] = [
            Seeds.bytes { $0.writeEnvelope(.requested, id: "1") { request.write(to: &$0) } },
            Seeds.bytes { $0.writeEnvelope(.completed(id: "")) },
            Seeds.bytes { $0.writeEnvelope(Envelope(.unknown("later"), id: "\u{E9}\"\\", payload: .null)) },
            Seeds.bytes {
                $0.writeEnvelope(.responded, id: String(repeating: "i", count: Envelope.maximumID)) { $0.raw(.null) }
            },
        ]
        let bare = envelopes.map { Array($0.dropFirst(4)) }
        let bounds = [[0, 0, 0, 0], [4, 0, 0, 1], [255, 255, 255, 255], [0, 0, 0, 2, 0x7B, 0x7D]] as [[UInt8]]
        let members = (0..<1100).map { "\"k\($0)\":\($0)," }.joined()
        let many = "{\(members)\"type\":\"call.requested\",\"payload\":{}}"
        return envelopes + bare + bounds + [Array(envelopes.joined()), Array(many.utf8)]
    }
}
