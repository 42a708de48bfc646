import CallProtocol
import Formats
import TestKit
import Testing

@testable import Operations

@Suite("Values are held against schemas")
struct JSONSchemaValidatorTests {
    @Test(
        "what breaks the schema is named with its field, what was found and what is allowed",
        arguments: [
            (.string, 1, "expected a string, found an integer"),
            (.integer, 1.5, "expected a whole number, found a number"),
            (.string.nullable, 1, "expected a string or null, found an integer"),
            (.string(minLength: 1), "", "must not be empty"),
            (.string(minLength: 2), "é", "must be at least 2 characters long, is 1"),
            (.string(maxLength: 1), "ab", "must be at most 1 character long, is 2"),
            (.string(pattern: "^[a-z]+$"), "A", "must match `^[a-z]+$`, found \"A\""),
            (.string(format: "date-time"), "today", "must be a time such as 2026-01-31T12:00:00Z, found \"today\""),
            (.integer(minimum: 1), 0, "must be at least 1, found 0"),
            (.integer(maximum: 3), 4, "must be at most 3, found 4"),
            (.number(exclusiveMinimum: 0), 0, "must be more than 0, found 0"),
            (.number(exclusiveMaximum: 2), 2, "must be less than 2, found 2"),
            (.any.with { $0.multipleOf = 3 }, 7, "must be a multiple of 3, found 7"),
            (.constant("on"), "off", "must be \"on\", found \"off\""),
            (
                .enumeration(["fast", "safe"]), "fsat",
                "must be one of \"fast\" or \"safe\", found \"fsat\"; did you mean `fast`?"
            ),
            (.array(of: .string), ["a", 1], "[1]: expected a string, found an integer"),
            (.array(of: .any, minItems: 1), [], "must have at least 1 element, has 0"),
            (.array(of: .any, maxItems: 1), [1, 2], "must have at most 1 element, has 2"),
            (.array(of: .any, uniqueItems: true), [1, 2, 1.0], "[2]: 1 stands there twice"),
            (.object(["cmd": .string]), ["cmnd": "x"], "unknown field `cmnd`; did you mean `cmd`?"),
            (.object(["cmd": .string, "env": .any]), ["colour": 1], "unknown field `colour`; known are cmd, env"),
            (.object([:]), ["a": 1], "unknown field `a`; no fields are allowed here"),
            (.object(["a": .string], required: ["a"]), [:], "a: is required and missing"),
            (.map(of: .string), ["PATH": 1], "PATH: expected a string, found an integer"),
            (.map(of: .any, minProperties: 1), [:], "must have at least 1 field, has 0"),
            (.map(of: .any, maxProperties: 1), ["a": 1, "b": 2], "must have at most 1 field, has 2"),
            (.anyOf([.string, .boolean]), 1, "expected a string or a boolean, found an integer"),
            (
                .anyOf([.string, .object(["a": .integer], required: ["a"])]), ["a": "x"],
                "a: expected a whole number, found a string"
            ),
            (.oneOf([.integer, .number]), 1, "matches 2 of 2 forms where exactly one is allowed"),
            (.allOf([.integer(minimum: 1), .integer(maximum: 5)]), 6, "must be at most 5, found 6"),
            (.any.with { $0.not = .string }, "x", "\"x\" is not allowed"),
            (.nothing, 1, "nothing is allowed here"),
            (.reference("none"), 1, "the schema refers to `#/$defs/none`, which it does not define"),
        ] as [(JSONSchema, JSONValue, String)])
    func violation(schema: JSONSchema, value: JSONValue, message: String) throws {
        #expect(schema.validate(value).map(\.description) == [message])
        let isSure = try Self.surely(schema, value)
        #expect(!isSure)
    }

    private static func surely(_ schema: JSONSchema, _ value: JSONValue) throws -> Bool {
        let node = try RawJSON(value).read().node
        return schema.surelyAccepts(try #require(node))
    }

    @Test(
        "the first look knows the common keywords",
        arguments: [
            (.string(minLength: 1, maxLength: 1), "😀"), (.string(pattern: "^[a-z]+$"), "abc"), (.integer, 3),
            (.integer(minimum: 0, maximum: 9), 9), (.number(minimum: 0), 0.5), (.number(maximum: 2), 2),
            (.enumeration(["fast", "s\u{e9}"]), "s\u{e9}"), (.array(of: .boolean, minItems: 1), [true]),
            (.array(of: .any, maxItems: 1), [[1, ["a": 2]]]), (.map(of: .string), ["a": "b"]), (.any, nil),
            (.string(format: "date-time"), "2024-02-29T23:59:59Z"), (.object(["a": .string], closed: false), ["b": 1]),
            (.object(["a": .string, "b": .integer], required: ["b"]), ["b": 1, "a": "x"]),
            (.object(["\"": .string], required: ["\""]), ["\"": "\n"]),
        ] as [(JSONSchema, JSONValue)])
    func firstLook(schema: JSONSchema, value: JSONValue) throws {
        let isSure = try Self.surely(schema, value)
        #expect(isSure)
        #expect(schema.validate(value).isEmpty)
    }

    @Test(
        "what the schema allows passes",
        arguments: [
            (.any, nil), (.integer, 3.0), (.number, 3), (.string(minLength: 1, maxLength: 1), "😀"),
            (.string.nullable, nil),
            (.enumeration(["a"]).nullable, nil), (.constant(["a": 1]), ["a": 1.0]), (.oneOf([.integer, .string]), 1),
            (.object(["a": .string], closed: false), ["b": 1]), (.object(["a": .string]), [:]),
            (.string(pattern: "b"), "abc"), (.string(pattern: "(?=look)ahead"), "unchecked"),
            (.string(format: "uri"), "no assertion"), (.string(format: "date-time"), "2024-02-29T23:59:60.5+05:30"),
            (.any.with { $0.multipleOf = 0.1 }, 0.3), (.anyOf([.string, .null]), nil),
        ] as [(JSONSchema, JSONValue)])
    func valid(schema: JSONSchema, value: JSONValue) {
        #expect(schema.validate(value).isEmpty)
    }

    @Test(
        "times that cannot be are no times",
        arguments: [
            "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+5:00", "2024-01-01", "", "2024-1-01T00:00:00Z",
            "2024-01-01T00:00:00ZZ", "２０２４-01-01T00:00:00Z",
        ])
    func times(text: String) {
        #expect(!RFC3339.isTime(text))
    }

    @Test("recursive schemas follow the value to its end")
    func recursion() {
        let tree = JSONSchema.reference("tree").defining([
            "tree": .object(["kids": .array(of: .reference("tree"))])
        ])
        #expect(tree.validate(["kids": [["kids": []], [:]]]).isEmpty)
        #expect(tree.validate(["kids": [["kids": [1]]]]).map(\.pointer) == ["/kids/0/kids/0"])
    }

    @Test("a schema that refers to itself without end refuses, and comes to an end")
    func endless() {
        let loop = JSONSchema.reference("a").defining(["a": .reference("b"), "b": .reference("a")])
        #expect(loop.validate(1).count == 1)
        let fan = JSONSchema.reference("a").defining(["a": .anyOf([.reference("a"), .reference("a"), .string])])
        #expect(!fan.validate(1).isEmpty)
    }

    @Test("no more than twenty violations are reported")
    func bounded() {
        let many = JSONValue.array((0..<500).map { .integer($0) })
        #expect(JSONSchema.array(of: .string).validate(many).count == 20)
    }

    @Test(
        "patterns that could run away are left unchecked",
        arguments: ["(a+)+$", "(a|b)*c", "(?<=x)y", "(a)\\1", "(?i)a", "["])
    func dangerous(pattern: String) {
        #expect(JSONSchemaPattern(pattern)?.isUsable != true)
    }

    @Test(
        "patterns of the simple kind are checked",
        arguments: [("^[a-z0-9][a-z0-9-]*$", "a-1"), ("^(?:a|b)$", "b"), ("^\\d{2,3}$", "12"), ("[)*]", "*")])
    func simple(pattern: String, text: String) throws {
        let compiled = try #require(JSONSchemaPattern(pattern))
        #expect(compiled.matches(text))
        #expect(!compiled.matches("!"))
    }

    @Test("the nearest name is suggested, and none where nothing is near")
    func names() {
        #expect(NearestName.to("cmnd", among: ["env", "cmd"]) == "cmd")
        #expect(NearestName.to("CPUS", among: ["cpus"]) == "cpus")
        #expect(NearestName.to("lables", among: ["labels", "tables"]) == "labels")
        #expect(NearestName.to("x", among: ["memory"]) == nil)
        #expect(NearestName.to("", among: ["memory"]) == nil)
    }

    @Test("samples are valid by their schema, the same for the same seed")
    func samples() {
        let schema = JSONSchemaTests.rich
        for minimal in [true, false] {
            var one = SeededRandom(seed: 7)
            var other = SeededRandom(seed: 7)
            for _ in 0..<200 {
                let sample = schema.sample(using: &one, minimal: minimal)
                #expect(sample == schema.sample(using: &other, minimal: minimal))
                #expect(schema.validate(sample).isEmpty, "\(sample)")
                #expect(minimal ? sample.objectValue?.count == 2 : sample.objectValue?.count == 12)
            }
        }
    }
}
