import Operations
import Testing

@Suite("Labels")
struct LabelTests {
    @Test("a label is split at its first equals sign")
    func parse() throws {
        #expect(try Label.parse("zone=eu-1") == (key: "zone", value: "eu-1"))
        #expect(try Label.parse("capstan.dev/role=a=b") == (key: "capstan.dev/role", value: "a=b"))
        #expect(try Label.parse("empty=") == (key: "empty", value: ""))
    }

    @Test("the bounds of keys and values are exact")
    func bounds() throws {
        let key = String(repeating: "k", count: 63)
        let value = String(repeating: "v", count: 253)
        #expect(try Label.parse("\(key)=\(value)") == (key: key, value: value))
        #expect(throws: LabelError.keyTooLong(key: key + "k", length: 64)) { try Label.parse("\(key)k=x") }
        #expect(throws: LabelError.valueTooLong(key: "k", length: 254)) { try Label.parse("k=\(value)v") }
        // Two-byte characters count as two.
        #expect(throws: LabelError.valueTooLong(key: "k", length: 254)) {
            try Label.parse("k=" + String(repeating: "é", count: 127))
        }
    }

    @Test(
        "a malformed label has its own error",
        arguments: [
            ("", LabelError.emptyKey(text: "")),
            ("=v", .emptyKey(text: "=v")),
            ("gpu", .missingValue(text: "gpu")),
            ("a b=c", .invalidKeyCharacter(key: "a b", character: " ")),
            ("é=c", .invalidKeyCharacter(key: "é", character: "é")),
            ("k==v", .valueBeginsWithEquals(key: "k")),
            ("k=a\nb", .controlCharacterInValue(key: "k")),
        ])
    func malformed(text: String, error: LabelError) {
        #expect(throws: error) { try Label.parse(text) }
        #expect(!error.message.isEmpty)
    }

    @Test("one key with two values is refused, the same pair twice is not")
    func conflicts() throws {
        #expect(try Label.parse(["a=1", "b=2", "a=1"]) == ["a": "1", "b": "2"])
        #expect(throws: LabelError.conflictingValues(key: "a", first: "1", second: "2")) {
            try Label.parse(["a=1", "a=2"])
        }
        #expect(throws: LabelError.tooMany(count: 65)) { try Label.parse((0..<65).map { "k\($0)=v" }) }
    }

    @Test("a set of labels from a document is checked whole")
    func validateMap() throws {
        try Label.validate(["a": "1", "b": ""])
        #expect(throws: LabelError.invalidKeyCharacter(key: "b!", character: "!")) {
            try Label.validate(["a": "1", "b!": "", "c?": ""])
        }
    }

    @Test("an error echoes neither control characters nor endless input")
    func messages() {
        let long = LabelError.keyTooLong(key: String(repeating: "\u{1B}", count: 5000), length: 5000).message
        #expect(long.count < 300)
        #expect(!long.contains("\u{1B}"))
        #expect(LabelError.invalidKeyCharacter(key: "a\u{7}", character: "\u{7}").message.contains("U+7"))
    }
}
