import CallProtocol
import NIOCore
import Testing

@testable import Core

@Suite("What the hub sees of an answer that passes")
struct AnswerPeekTests {
    private func bytes(_ kind: Envelope.Kind, _ payload: JSONValue = [:]) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeEnvelope(Envelope(kind, id: "1", payload: RawJSON(payload)))
        return bytes
    }

    /// What is seen of `all` in portions of `size` bytes.
    private func seen(_ all: ByteBuffer, by size: Int) -> RoutedAnswer? {
        var (peek, rest) = (AnswerPeek(), all)
        while let part = rest.readSlice(length: min(size, max(1, rest.readableBytes))) { peek.look(at: part) }
        return peek.answer
    }

    @Test("the first envelope tells, in whatever portions it comes", arguments: [1, 3, 7, 100_000])
    func portions(size: Int) {
        let error: JSONValue = ["code": "CONFLICT", "message": "x", "retryable": false]
        var two = bytes(.responded, ["output": "fine"])
        two.writeImmutableBuffer(bytes(.error, error))
        #expect(seen(bytes(.error, error), by: size) == .error(.conflict))
        #expect(seen(bytes(.aborted), by: size) == .aborted)
        #expect(seen(two, by: size) == .responded)
        #expect(seen(bytes(.unknown("call.later")), by: size) == .unread)
        #expect(seen(ByteBuffer(repeating: 0xff, count: AnswerPeek.limit), by: size) == .unread)
    }

    @Test("a large result is known by its beginning; of an error too long to look at no code is claimed")
    func large() {
        let text = JSONValue.string(String(repeating: "x", count: 100_000))
        let result = bytes(.responded, ["output": text])
        #expect(seen(result.getSlice(at: 0, length: 40) ?? result, by: 40) == .responded)
        #expect(seen(bytes(.error, ["code": "CONFLICT", "message": text]), by: 4_096) == .unread)
    }

    @Test("members in another order are read all the same, and a beginning alone says nothing")
    func foreign() {
        var own = ByteBuffer()
        let json = #"{"payload":{"code":"ODD","message":""},"id":"","type":"call.error"}"#
        own.writeInteger(UInt32(json.utf8.count))
        own.writeString(json)
        #expect(seen(own, by: 5) == .error(ErrorCode(rawValue: "ODD")))
        #expect(seen(own.getSlice(at: 0, length: 20) ?? own, by: 5) == nil)
        #expect(seen(ByteBuffer(), by: 1) == nil)
    }
}
