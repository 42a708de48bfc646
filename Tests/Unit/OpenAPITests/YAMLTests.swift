import CallProtocol
import Testing

@testable import OpenAPI

@Suite("YAML 1.2 as JSON")
struct YAMLTests {
    private func read(_ text: String) throws(DocumentError) -> JSONValue {
        try DocumentReader.read(Array(text.utf8), file: "f.yaml")
    }

    @Test("plain scalars follow the core schema of 1.2, not the habits of 1.1")
    func scalars() throws {
        let value = try read(
            """
            words: [yes, no, on, off, y, NO, Norway]
            truths: [true, False, TRUE]
            nulls: [null, ~, Null, ]
            times: [2024-01-31, 12:30:00]
            numbers: [1, +2, -3, 0x1F, 0o17, 017, 1.5, .5, 1., 1e3, 9223372036854775808]
            texts: ["1", 'true', 1_000, 0b11, .inf, .nan, 1.2.3, "null"]
            empty:
            version: 1.0
            """)
        #expect(value["words"] == ["yes", "no", "on", "off", "y", "NO", "Norway"])
        #expect(value["truths"] == [true, false, true])
        #expect(value["nulls"] == [nil, nil, nil])
        #expect(value["times"] == ["2024-01-31", "12:30:00"])
        #expect(value["numbers"] == [1, 2, -3, 31, 15, 17, 1.5, 0.5, 1.0, 1000.0, 9.223372036854775808e18])
        #expect(value["texts"] == ["1", "true", "1_000", "0b11", ".inf", ".nan", "1.2.3", "null"])
        #expect(value["empty"] == JSONValue.null)
    }

    @Test("keys are texts, whatever they look like; a tag can say that a value is one")
    func keys() throws {
        let value = try read("responses:\n  200: ok\n  default: other\n  true: x\ntag: !!str 12\n")
        #expect(value["responses"] == ["200": "ok", "default": "other", "true": "x"])
        #expect(value["tag"] == "12")
    }

    @Test("aliases are written out, merged where `<<` says so, and nothing else that looks like one is touched")
    func aliases() throws {
        let value = try read(
            """
            base: &base {a: 1, b: 2}
            same: *base
            merged: {<<: *base, b: 3}
            list: [&x one, *x, "*x", '*base']
            text: |
              *base is a word, and so is *x
            plain: 2 *x 3
            other: R &D
            """)
        #expect(value["same"] == ["a": 1, "b": 2])
        #expect(value["merged"] == ["b": 3, "a": 1])
        #expect(value["list"] == ["one", "one", "*x", "*base"])
        #expect(value["text"] == "*base is a word, and so is *x\n")
        #expect(value["plain"] == "2 *x 3")
    }

    @Test("a few lines that stand for a thousand million values are refused at once, as values and as keys")
    func laughs() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        for level in 1...9 {
            lines.append(
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]")
        }
        #expect(throws: DocumentError.self) { try read(lines.joined(separator: "\n")) }
        #expect(throws: DocumentError.self) {
            try read((lines + ["? *a9", ": 1", "? [*a9]", ": 2"]).joined(separator: "\n"))
        }
        let many = "x: &x y\nlist: [" + Array(repeating: "*x", count: 10_001).joined(separator: ",") + "]"
        #expect(throws: DocumentError.self) { try read(many) }
    }

    @Test(
        "what is no YAML is refused with its line",
        arguments: [
            ("a: 1\na: 2\n", "twice"), ("a: [1\nb: 2\n", "f.yaml:"), ("a: *nothing\n", "alias"),
            ("{\"a\": 1,}x", "no JSON"),
            ("", "empty"), ("  \n", "empty"), ("? [a, b]\n: 1\n", "key"), ("a: 1\n---\nb: 2\n", "document"),
        ])
    func refused(_ text: String, _ words: String) {
        do throws(DocumentError) {
            let value = try read(text)
            Issue.record("\(value)")
        } catch { #expect(error.description.contains(words), "\(error)") }
    }

    @Test("depth is bounded, in lists and in mappings, in either style", arguments: ["[", "{a: ", "- ", "a:\n"])
    func depth(_ step: String) {
        let text =
            step == "a:\n"
            ? (0..<3_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
            : String(repeating: step, count: 100_000)
        #expect(throws: DocumentError.self) { try read(text) }
    }
}
