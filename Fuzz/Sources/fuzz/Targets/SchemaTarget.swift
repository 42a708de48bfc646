import CallProtocol
import NIOCore
import Operations

/// A schema from elsewhere with a value to check by it: the two JSON texts with a NUL between them.
enum SchemaTarget {
    static let target = FuzzTarget(
        name: "schema", allowance: .seconds(8),
        words: Seeds.jsonWords + [
            "\0", "\"type\":", "\"object\"", "\"string\"", "\"integer\"", "\"number\"", "\"array\"", "\"properties\":{",
            "\"required\":[", "\"additionalProperties\":", "\"items\":", "\"prefixItems\":", "\"minimum\":",
            "\"maximum\":",
            "\"exclusiveMinimum\":", "\"multipleOf\":", "\"minLength\":", "\"maxLength\":", "\"pattern\":",
            "\"format\":\"date-time\"", "\"minItems\":", "\"uniqueItems\":true", "\"minProperties\":", "\"anyOf\":[",
            "\"oneOf\":[", "\"allOf\":[", "\"not\":", "\"$ref\":\"#/$defs/a\"", "\"$defs\":{\"a\":", "\"const\":",
            "\"enum\":[", "\"default\":", "2024-02-29T12:34:56Z",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let document = try? JSONParser.parse(ByteBuffer(bytes: halves[0])),
            case .success(let schema) = attempt(JSONSchemaError.self, { try JSONSchema(json: document) })
        else { return }
        let again = attempt(JSONSchemaError.self) { try JSONSchema(json: schema.json) }
        guard case .success(let again) = again else { return must(false, "\(schema.json) is a schema: \(again)") }
        must(again == schema, "\(schema.json) is the same schema")
        guard let raw = try? RawJSON(validating: ByteBuffer(bytes: halves[1])), let value = try? raw.value() else {
            return
        }
        let violations = schema.validate(value)
        must(violations.count <= JSONSchema.violationLimit, "violations are few")
        for violation in violations { must(!violation.description.isEmpty, "a violation says something") }
        if let node = raw.node, schema.surelyAccepts(node) {
            must(violations.isEmpty, "\(raw) is accepted at first sight, but \(violations)")
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        var pairs: [(JSONValue, JSONValue)] = (OperationCatalog.hub + OperationCatalog.node).flatMap { operation in
            operation.examples.map { (operation.input.json, $0.input) }
        }
        pairs += (OperationCatalog.hub + OperationCatalog.node).map { ($0.input.json, [:]) }
        pairs += [
            ([:], nil), (false, 1), (["type": ["integer", "null"], "minimum": 0, "maximum": 10], 3.0),
            (["$ref": "#/$defs/a", "$defs": ["a": ["$ref": "#/$defs/a"]]], 1),
            (["type": "string", "pattern": "^(a|b)?[a-z]+$", "maxLength": 5], "abc"),
            (["uniqueItems": true, "prefixItems": [["const": 1]]], .array((0..<300).map { .integer($0) })),
            (["oneOf": [["multipleOf": 0.1], ["not": ["enum": [1, "a"]]]]], 0.3),
            (["format": "date-time"], "2024-02-29T23:59:60.5+01:30"),
        ]
        return pairs.map { pair in
            Seeds.bytes {
                $0.writeImmutableBuffer(RawJSON(pair.0).buffer)
                $0.writeInteger(UInt8(0))
                $0.writeImmutableBuffer(RawJSON(pair.1).buffer)
            }
        }
    }
}
