import FoundationEssentials
import Operations
import Testing

@Suite("Label selectors")
struct LabelSelectorTests {
    @Test(
        "each form matches what it says",
        arguments: [
            ("gpu=true", ["gpu": "true"], true),
            ("gpu=true", ["gpu": "false"], false),
            ("gpu=true", [:], false),
            ("gpu!=true", ["gpu": "true"], false),
            ("gpu!=true", ["gpu": "false"], true),
            ("gpu!=true", [:], true),
            ("gpu", ["gpu": ""], true),
            ("gpu", ["cpu": "1"], false),
            ("!gpu", ["gpu": ""], false),
            ("!gpu", ["cpu": "1"], true),
            ("gpu=", ["gpu": ""], true),
            ("gpu=a=b", ["gpu": "a=b"], true),
        ] as [(String, [String: String], Bool)])
    func forms(text: String, labels: [String: String], expected: Bool) throws {
        #expect(try LabelSelector(parsing: [text]).matches(labels) == expected)
    }

    @Test("all requirements must hold, and none matches everything")
    func conjunction() throws {
        let selector = try LabelSelector(parsing: ["zone=eu", "gpu", "!spot"])
        #expect(selector.matches(["zone": "eu", "gpu": "1"]))
        #expect(!selector.matches(["zone": "eu", "gpu": "1", "spot": ""]))
        #expect(!selector.matches(["zone": "eu"]))
        #expect(LabelSelector.everything.matches([:]))
        #expect(LabelSelector.everything.matches(["a": "b"]))
    }

    @Test("order and repeats do not make another selector")
    func canonical() throws {
        let first = try LabelSelector(parsing: ["b", "a=1", "b"])
        let second = try LabelSelector(parsing: ["a=1", "b"])
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        #expect(first.texts == ["a=1", "b"])
        #expect(try LabelSelector(parsing: first.texts) == first)
        #expect(try LabelSelector(labels: ["a": "1"]) == LabelSelector(parsing: ["a=1"]))
    }

    @Test(
        "a malformed requirement has its own error",
        arguments: [
            ("", LabelError.emptyKey(text: "")),
            ("!", .emptyKey(text: "!")),
            ("=v", .emptyKey(text: "=v")),
            ("!=v", .valueAfterAbsent(text: "!=v")),
            ("!gpu=1", .valueAfterAbsent(text: "!gpu=1")),
            ("gpu==1", .valueBeginsWithEquals(key: "gpu")),
            ("g pu", .invalidKeyCharacter(key: "g pu", character: " ")),
            ("g!pu", .invalidKeyCharacter(key: "g!pu", character: "!")),
        ])
    func malformed(text: String, error: LabelError) {
        #expect(throws: error) { try LabelSelector(parsing: [text]) }
    }

    @Test(
        "requirements that can never hold together are refused",
        arguments: [["a=1", "a=2"], ["a=1", "a!=1"], ["a", "!a"], ["!a", "a=1"]])
    func contradictions(texts: [String]) {
        #expect(throws: LabelError.self) { try LabelSelector(parsing: texts) }
        #expect(throws: LabelError.self) { try LabelSelector(parsing: texts.reversed()) }
    }

    @Test("no input of odd characters traps, and what parses reads back as itself")
    func oddInput() {
        let alphabet = ["", "=", "!", "a", "-", "/", ".", "é", " ", "\n", "\u{0}", "👩‍👩‍👧", "\r\n", "\u{301}", "Z", "9"]
        for first in alphabet {
            for second in alphabet {
                for third in alphabet {
                    let text = first + second + third + "=" + first
                    for candidate in [text, first + second + third] {
                        guard let selector = try? LabelSelector(parsing: [candidate]) else { continue }
                        #expect(selector.texts == [candidate])
                    }
                }
            }
        }
    }

    @Test("on the wire it is an array of requirement strings, checked when it is read")
    func coding() throws {
        let selector = try LabelSelector(parsing: ["zone=eu", "!spot"])
        let json = try JSONEncoder().encode(selector)
        #expect(String(decoding: json, as: UTF8.self) == #"["!spot","zone=eu"]"#)
        #expect(try JSONDecoder().decode(LabelSelector.self, from: json) == selector)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(LabelSelector.self, from: Data(#"["zone==eu"]"#.utf8))
        }
    }
}
