import CallProtocol
import Testing

@testable import Operations

@Suite("Keywords that look at other fields, and at what nobody speaks of")
struct SchemaConditionTests {
    @Test(
        "what is valid and what is not",
        arguments: [
            (
                #"{"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]},"else":{"required":["b"]}}"#,
                [["k": 1, "a": 0], ["k": 2, "b": 0], ["b": 1]], [["k": 1], ["k": 2]]
            ),
            (
                #"{"dependentRequired":{"a":["b","c"]}}"#, [[:], ["b": 1], ["a": 1, "b": 1, "c": 1]],
                [["a": 1], ["a": 1, "b": 1]]
            ),
            (
                #"{"dependentSchemas":{"a":{"properties":{"b":{"type":"string"}}}}}"#, [["b": 1], ["a": 1, "b": "x"]],
                [["a": 1, "b": 1]]
            ),
            (
                #"{"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}"#, [["x-a": "b"]],
                [["x-a": 1], ["y": "b"]]
            ),
            (#"{"propertyNames":{"maxLength":2}}"#, [["ab": 1]], [["abc": 1]]),
            (
                #"{"contains":{"type":"string"},"minContains":2,"maxContains":3}"#, [["a", 1, "b"]],
                [["a"], ["a", "b", "c", "d"]]
            ),
            (#"{"contains":{"type":"string"}}"#, [["a", 1]], [[], [1]]),
            (
                ##"{"allOf":[{"properties":{"a":{}}},{"$ref":"#/$defs/b"}],"unevaluatedProperties":false,"$defs":{"b":{"properties":{"b":{}}}}}"##,
                [["a": 1, "b": 2], [:]], [["a": 1, "c": 2]]
            ),
            (
                #"{"oneOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}],"unevaluatedProperties":false}"#,
                [["a": 1], ["b": 1]], [["a": 1, "c": 1]]
            ),
            (
                #"{"if":{"required":["a"],"properties":{"a":{}}},"then":{"properties":{"b":{}}},"unevaluatedProperties":false}"#,
                [["a": 1, "b": 1]], [["b": 1]]
            ),
            (#"{"allOf":[{"additionalProperties":true}],"unevaluatedProperties":false}"#, [["z": 1]], []),
            (
                #"{"properties":{"a":{}},"unevaluatedProperties":{"type":"integer"}}"#, [["a": "x", "b": 1]],
                [["b": "x"]]
            ),
            (#"{"allOf":[{"prefixItems":[{"type":"string"}]}],"unevaluatedItems":false}"#, [["a"]], [["a", 1]]),
        ] as [(String, [JSONValue], [JSONValue])])
    func conditions(_ text: String, _ good: [JSONValue], _ bad: [JSONValue]) throws {
        let schema = try JSONSchema(json: try JSONParser.parse(text))
        for value in good { #expect(schema.validate(value).isEmpty, "\(value) \(schema.validate(value))") }
        for value in bad { #expect(!schema.validate(value).isEmpty, "\(value)") }
        // What was read is written the same, and the quick look never says yes where the whole one says no.
        let again = try JSONSchema(json: schema.json)
        #expect(again == schema)
        for value in bad { #expect(try !schema.surelyAccepts(#require(RawJSON(value).read().node))) }
    }

    @Test("a field that no branch knows is told with what is near it")
    func words() throws {
        let schema = try JSONSchema(
            json: try JSONParser.parse(#"{"allOf":[{"properties":{"image":{}}}],"unevaluatedProperties":false}"#))
        #expect(schema.validate(["imgae": "x"]).map(\.message) == ["unknown field `imgae`; did you mean `image`?"])
    }

    @Test("definitions may be looked up elsewhere, and the schema's own count before them")
    func lookup() throws {
        struct Table: SchemaDefinitions {
            func definition(_ name: String) -> JSONSchema? { name == "far" ? .integer : nil }
        }
        let schema = JSONSchema.object(["a": .reference("far"), "b": .reference("near")]).defining(["near": .string])
        #expect(schema.validate(["a": 1, "b": "x"], with: Table()).isEmpty)
        #expect(schema.validate(["a": "x", "b": 1], with: Table()).map(\.path) == ["a", "b"])
        #expect(!schema.validate(["a": 1]).isEmpty)
    }
}
