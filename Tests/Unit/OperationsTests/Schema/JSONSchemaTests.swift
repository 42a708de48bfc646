import CallProtocol
import Testing

@testable import Operations

@Suite("Schemas are built, written and read")
struct JSONSchemaTests {
    static let rich = JSONSchema.object(
        [
            "name": .string(minLength: 1, maxLength: 63, pattern: "^[a-z]+$").describe("What to call it").examples(
                "web"),
            "cpus": .number(minimum: 0, exclusiveMaximum: 64).defaulting(to: 1),
            "count": .integer(minimum: 1, maximum: 9).nullable,
            "mode": .enumeration(["fast", "safe"]),
            "env": .map(of: .string, maxProperties: 10),
            "args": .array(of: .string, minItems: 1, maxItems: 5, uniqueItems: true),
            "either": .anyOf([.string, .object(["a": .integer], required: ["a"])]),
            "one": .oneOf([.constant(1), .constant("x")]),
            "all": .allOf([.integer(minimum: 1), .integer(maximum: 5)]),
            "tree": .reference("tree"),
            "when": .string(format: "date-time"),
            "free": .any,
            "never": .nothing,
        ], required: ["name", "args"]
    ).title("Rich").defining(["tree": .object(["kids": .array(of: .reference("tree"))], closed: false)])

    @Test("a schema comes back from its JSON as it was")
    func roundTrip() throws {
        #expect(try JSONSchema(json: Self.rich.json) == Self.rich)
        #expect(try JSONCoding.decode(JSONSchema.self, from: JSONCoding.encode(Self.rich)) == Self.rich)
        #expect(try JSONSchema(json: true) == .any)
        #expect(JSONSchema.any.json == [:])
        #expect(JSONSchema.nothing.json == false)
    }

    @Test("the builder writes what one would write by hand")
    func json() {
        let schema = JSONSchema.object(
            ["name": .string(minLength: 1).describe("What to call it"), "cpus": .number(minimum: 0)], required: ["name"]
        )
        #expect(
            schema.json.description
                == #"{"type":"object","properties":{"name":{"description":"What to call it","type":"string","minLength":1},"#
                + #""cpus":{"type":"number","minimum":0}},"required":["name"],"additionalProperties":false}"#)
    }

    @Test("unknown keywords are kept")
    func unknown() throws {
        let json: JSONValue = ["type": "string", "x-order": 3, "deprecated": true]
        #expect(try JSONSchema(json: json).json == json)
    }

    @Test(
        "what is no schema is refused with its place",
        arguments: [
            (["type": "text"], "/type", "unknown type `text`"),
            (["properties": ["a": 1]], "/properties/a", "expected an object or a boolean, found an integer"),
            (["minLength": -1], "/minLength", "expected a whole number from 0, found an integer"),
            (["anyOf": [[:], ["required": [1]]]], "/anyOf/1/required/0", "expected a string, found an integer"),
            ("x", "", "expected an object or a boolean, found a string"),
        ] as [(JSONValue, String, String)])
    func malformed(json: JSONValue, pointer: String, reason: String) {
        #expect(throws: JSONSchemaError(pointer: pointer, reason: reason)) { try JSONSchema(json: json) }
    }

    @Test("pointers escape and unescape any name")
    func pointers() {
        for name in ["", "a", "a/b", "~", "~1", "a~0/~1/", "~~", "e\u{301}/"] {
            #expect(JSONPointer.unescape(JSONPointer.escape(name)) == name)
        }
        #expect(JSONPointer.escape("a/b~c") == "a~1b~0c")
        #expect(JSONPointer.unescape("~2~") == "~2~")
    }
}
