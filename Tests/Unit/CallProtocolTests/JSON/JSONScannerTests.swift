import NIOCore
import Testing

@testable import CallProtocol

@Suite("An object is skimmed without building its values")
struct JSONScannerTests {
    @Test("the members' own bytes are given, untouched")
    func members() throws {
        var buffer = ByteBuffer(
            string:
                "xx { \"type\":\"call.requested\", \"id\" : \"a\\u0031\", \"payload\": {\"b\" : [1, 2 ] } , \"n\":-1.5e3,\"z\":null}"
        )
        buffer.moveReaderIndex(forwardBy: 2)
        let envelope = try JSONScanner(buffer)
        #expect(envelope.members.map(\.key) == ["type", "id", "payload", "n", "z"])
        #expect(envelope.string("type") == "call.requested")
        #expect(envelope.string("id") == "a1")
        #expect(envelope.string("payload") == nil)
        #expect(envelope.string("nothing") == nil)
        #expect(envelope["payload"]?.description == "{\"b\" : [1, 2 ] }")
        #expect(envelope["n"]?.description == "-1.5e3")
        #expect(envelope["z"] == .null)
        #expect(envelope["payload"].map { try? $0.value() } == ["b": [1, 2]])
    }

    @Test("an empty object has no members")
    func empty() throws {
        #expect(try JSONScanner(ByteBuffer(string: " {} ")).members.isEmpty)
    }

    @Test(
        "what is no object, or no JSON, is refused",
        arguments: [
            ("[]", 0, .notAnObject), ("\"a\"", 0, .notAnObject), (" 1", 1, .notAnObject), ("{} x", 3, .trailingBytes),
            ("{\"a\":1,\"\\u0061\":2}", 8, .duplicateKey("a")),
            ("{\"a\":[1,}", 8, .unexpectedByte(0x7D, expected: "a value")),
            ("{\"a\":{\"b\":\"\\q\"}}", 11, .invalidEscape), ("{\"a\":", 5, .unexpectedEnd),
        ] as [(String, Int, JSONParseError.Reason)])
    func refuses(text: String, offset: Int, reason: JSONParseError.Reason) {
        #expect(throws: JSONParseError(offset: offset, reason: reason)) { try JSONScanner(ByteBuffer(string: text)) }
    }

    @Test("an object of too many members is refused")
    func tooMany() {
        let text = "{" + (0...1024).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        #expect(throws: JSONParseError.self) { try JSONScanner(ByteBuffer(string: text)) }
    }
}
