import CallProtocol
import Testing

@testable import Operations

@Suite("Join tokens")
struct JoinTokenTests {
    static let fingerprint = "sha256:" + String(repeating: "ab", count: 32)

    static func sample() -> JoinToken {
        JoinToken(
            id: "01JD0000000000000000000000", addresses: ["hub.example:7443", "[2001:db8::1]:7443"],
            hubFingerprint: fingerprint, secret: Array(0..<32))
    }

    static func text(_ json: String) -> String {
        JoinToken.prefix + Base64URL.encode(Array(json.utf8))
    }

    @Test("What is written is read back")
    func roundTrip() throws {
        let token = Self.sample()
        #expect(token.text.hasPrefix("cap1_"))
        #expect(try JoinToken(token.text) == token)
    }

    @Test("White space around a token does no harm")
    func whitespace() throws {
        let token = Self.sample()
        #expect(try JoinToken("  \(token.text)\r\n") == token)
    }

    @Test("Keys of later versions are ignored")
    func unknownKeys() throws {
        let secret = Base64URL.encode(Array(0..<32))
        let text = Self.text(#"{"v":1,"i":"t","a":["h:1"],"f":"\#(Self.fingerprint)","s":"\#(secret)","x":[1]}"#)
        #expect(try JoinToken(text).id == "t")
    }

    @Test("Its description holds no secret")
    func description() {
        let token = Self.sample()
        #expect("\(token)" == "token 01JD0000000000000000000000")
    }

    @Test("Every malformed text has its error", arguments: malformed)
    func malformedTexts(text: String, error: JoinTokenError) {
        #expect(throws: error) { try JoinToken(text) }
    }

    static let malformed: [(String, JoinTokenError)] = {
        let secret = Base64URL.encode(Array(0..<32))
        let print = fingerprint
        return [
            ("", .empty), (" \n", .empty), ("hello", .foreign), ("cap2_abc", .foreign), ("cap1_", .garbled),
            ("cap1_a", .garbled), ("cap1_*?", .garbled), ("cap1_ab==", .garbled), (text("{}"), .garbled),
            (text("[1]"), .garbled), (text("nonsense"), .garbled),
            (text(#"{"v":2,"i":"t","a":["h:1"],"f":"\#(print)","s":"\#(secret)"}"#), .version(2)),
            (text(#"{"v":1,"i":"","a":["h:1"],"f":"\#(print)","s":"\#(secret)"}"#), .field("token id")),
            (text(#"{"v":1,"i":"t","a":[],"f":"\#(print)","s":"\#(secret)"}"#), .field("hub addresses")),
            (text(#"{"v":1,"i":"t","a":["h\n:1"],"f":"\#(print)","s":"\#(secret)"}"#), .field("hub addresses")),
            (text(#"{"v":1,"i":"t","a":["h:1"],"f":"sha256:12","s":"\#(secret)"}"#), .field("hub fingerprint")),
            (text(#"{"v":1,"i":"t","a":["h:1"],"f":"\#(print)","s":"AAAA"}"#), .field("secret")),
            ("cap1_" + String(repeating: "A", count: 9_000), .tooLong(9_005)),
        ]
    }()

    @Test("A token cut anywhere is an error, never a trap")
    func truncated() {
        let text = Self.sample().text
        for length in 0..<text.count {
            #expect(throws: JoinTokenError.self) { try JoinToken(String(text.prefix(length))) }
        }
    }

    @Test("Base64url carries any bytes", arguments: 0..<70)
    func base64(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 250) }
        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
}
