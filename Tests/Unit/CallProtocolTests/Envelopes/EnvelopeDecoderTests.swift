import CallProtocol
import NIOCore
import TestKit
import Testing

@Suite("Envelopes are cut out of any portions of bytes")
struct EnvelopeDecoderTests {
    private func decode(_ portions: [ByteBuffer], limit: Int = Envelope.maximumLength) throws(EnvelopeError)
        -> [Envelope]
    {
        var decoder = EnvelopeDecoder(limit: limit)
        var envelopes: [Envelope] = []
        for portion in portions {
            decoder.append(portion)
            while let envelope = try decoder.next() { envelopes.append(envelope) }
        }
        try decoder.finish()
        return envelopes
    }

    private func framed(_ json: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt32(json.utf8.count))
        bytes.writeString(json)
        return bytes
    }

    @Test("any split of the bytes gives the envelopes that were written", arguments: 0..<6 as Range<UInt64>)
    func anySplit(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let kinds: [Envelope.Kind] = [.requested, .responded, .completed, .aborted, .error, .unknown("call.later")]
        for _ in 0..<200 {
            let envelopes = (0..<random.int(1...8)).map { _ -> Envelope in
                let text = random.chance(0.05) ? String(repeating: "x", count: random.int(0...200_000)) : random.text()
                return Envelope(
                    kinds.randomElement(using: &random) ?? .error, id: random.text(),
                    payload: RawJSON(["n": .integer(Int64(random.int(-9...9))), "t": .string(text)]))
            }
            var bytes = ByteBuffer()
            for envelope in envelopes { bytes.writeEnvelope(envelope) }
            #expect(try decode(random.split(bytes)) == envelopes)
        }
    }

    @Test("completed and aborted carry exactly an empty object")
    func empty() throws {
        var bytes = ByteBuffer()
        bytes.writeEnvelope(.completed(id: "7"))
        #expect(String(buffer: bytes).hasSuffix(#"{"type":"call.completed","id":"7","payload":{}}"#))
        var other = ByteBuffer()
        other.writeEnvelope(.aborted(id: "7"))
        #expect(String(buffer: other).hasSuffix(#"{"type":"call.aborted","id":"7","payload":{}}"#))
    }

    @Test(
        "what is no envelope is told so",
        arguments: [
            "x", "[]", "3", #"{"id":"1","payload":{}}"#, #"{"type":3,"payload":{}}"#, #"{"type":"call.requested"}"#,
            #"{"type":"a","payload":{}} "x""#, #"{"type":"a","payload":{"#, #"{"type":"a","type":"b","payload":{}}"#,
        ])
    func malformed(json: String) {
        #expect {
            try decode([framed(json)])
        } throws: { error in
            if case .malformed = error as? EnvelopeError { true } else { false }
        }
    }

    @Test("an id longer than 256 bytes is refused, one of 256 is not")
    func longID() throws {
        let fits = #"{"type":"a","id":"\#(String(repeating: "i", count: 256))","payload":{}}"#
        #expect(try decode([framed(fits)]).count == 1)
        #expect(throws: EnvelopeError.malformed("`id` is longer than 256 bytes")) {
            try decode([framed(fits.replacing("\"id\":\"", with: "\"id\":\"i"))])
        }
    }

    @Test("more than 1,024 members are refused, in a short envelope as in a long one", arguments: [0, 100_000])
    func manyMembers(padding: Int) throws {
        func json(_ count: Int) -> String {
            let members = (2..<count).map { "\"k\($0)\":0," }.joined()
            return "{\(members)\"type\":\"a\",\"payload\":{}\(String(repeating: " ", count: padding))}"
        }
        #expect(try decode([framed(json(1024))]).count == 1)
        #expect {
            try decode([framed(json(1025))])
        } throws: { error in
            if case .malformed = error as? EnvelopeError { true } else { false }
        }
    }

    @Test("a length of 0 or above 64 MiB fails at once, with not a byte behind it")
    func lengths() {
        #expect(throws: EnvelopeError.empty) { try decode([ByteBuffer(integer: UInt32(0))]) }
        let tooLong = UInt32(Envelope.maximumLength) + 1
        #expect(throws: EnvelopeError.tooLong(Int(tooLong))) { try decode([ByteBuffer(integer: tooLong)]) }
        #expect(throws: EnvelopeError.tooLong(Int(UInt32.max))) { try decode([ByteBuffer(integer: UInt32.max)]) }
        #expect(throws: EnvelopeError.tooLong(11)) { try decode([ByteBuffer(integer: UInt32(11))], limit: 10) }
    }

    @Test("exactly 64 MiB may be announced, and nothing is allocated for it before it comes")
    func longest() throws {
        var decoder = EnvelopeDecoder()
        decoder.append(ByteBuffer(integer: UInt32(Envelope.maximumLength)))
        #expect(try decoder.next() == nil)
        #expect(decoder.pendingBytes == 4)
    }

    @Test("the end inside an envelope is an error, never a short message", arguments: [1, 3, 4, 5, 30])
    func truncated(length: Int) {
        var bytes = ByteBuffer()
        bytes.writeEnvelope(.completed(id: "1"))
        #expect(throws: EnvelopeError.truncated) { try decode([bytes.getSlice(at: 0, length: length) ?? bytes]) }
    }

    @Test("what follows the opening is handed on untouched")
    func rest() throws {
        var bytes = ByteBuffer()
        bytes.writeEnvelope(.completed(id: "1"))
        bytes.writeBytes([1, 2, 3])
        var decoder = EnvelopeDecoder()
        decoder.append(bytes)
        #expect(try decoder.next() == .completed(id: "1"))
        decoder.append(ByteBuffer(bytes: [4, 5]))
        #expect(Array(decoder.takeRest().readableBytesView) == [1, 2, 3, 4, 5])
        #expect(decoder.pendingBytes == 0)
    }

    @Test("random bytes give envelopes or an error and never a trap", arguments: 0..<4 as Range<UInt64>)
    func randomBytes(seed: UInt64) {
        var random = SeededRandom(seed: 2_000 + seed)
        for _ in 0..<5_000 {
            var bytes = ByteBuffer(bytes: random.bytes(random.int(0...60)))
            if bytes.readableBytes > 4 { bytes.setInteger(UInt32(random.int(0...bytes.readableBytes)), at: 0) }
            _ = try? decode(random.split(bytes))
        }
    }
}
