import CallProtocol
import Testing

@testable import Operations

private enum Mode: String, Codable, CaseIterable { case fast, safe }

private struct Mount: Codable {
    var from: String
    var readOnly: Bool?
}

private struct Input: Codable {
    var name: String
    var cpus: Double
    var count: Int?
    var mode: Mode
    var env: [String: String]?
    var mounts: [Mount]
    var volumes: [String: Mount]?
    var main: Mount?
    var free: JSONValue?
    var raw: RawJSON?
    var tags: [[String]]?

    static let mount = JSONSchema.object(["from": .string, "readOnly": .boolean], required: ["from"])
    static let schema = JSONSchema.object(
        [
            "name": .string(minLength: 1), "cpus": .number(minimum: 0),
            "count": .integer(minimum: 0, maximum: 99).nullable,
            "mode": .enumeration(Mode.self), "env": .map(of: .string), "mounts": .array(of: .reference("mount")),
            "volumes": .map(of: mount), "main": mount.nullable, "free": .any, "raw": .any,
            "tags": .array(of: .array(of: .string)),
        ], required: ["name", "cpus", "mode", "mounts"]
    ).defining(["mount": mount])

    static func changed(_ name: String, _ schema: JSONSchema?) -> JSONSchema {
        Self.schema.with { words in
            words.properties.removeAll { $0.name == name }
            if let schema { words.properties.append(.init(name: name, schema: schema)) }
        }
    }
}

@Suite("A type and its schema are held to say the same")
struct SchemaAgreementTests {
    @Test("a type and a schema that agree pass")
    func agreement() throws {
        try SchemaAgreement.check(Input.self, Input.schema)
    }

    @Test("an empty type agrees with an object without fields")
    func empty() throws {
        struct Empty: Codable {}
        try SchemaAgreement.check(Empty.self, .object())
    }

    @Test("a recursive type agrees with a recursive schema")
    func recursive() throws {
        struct Node: Codable {
            var name: String
            var kids: [Node]?
        }
        let node = JSONSchema.object(["name": .string, "kids": .array(of: .reference("node"))], required: ["name"])
        try SchemaAgreement.check(Node.self, JSONSchema.reference("node").defining(["node": node]))
    }

    @Test("types that choose their form by a tag are judged by samples")
    func tagged() throws {
        enum Placement: Codable {
            case node(String)
            case labels([String: String])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let name = try? container.decode(String.self) {
                    self = .node(name)
                } else {
                    self = .labels(try container.decode([String: String].self))
                }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .node(let name): try container.encode(name)
                case .labels(let labels): try container.encode(labels)
                }
            }
        }
        try SchemaAgreement.check(Placement.self, .anyOf([.string, .map(of: .string)]))
        #expect(!SchemaAgreement.differences(Placement.self, .anyOf([.string, .integer])).isEmpty)
    }

    @Test(
        "each way to disagree is said in a sentence",
        arguments: [
            (Input.changed("count", nil), "Input reads the field `count`, which its schema has not"),
            (Input.changed("extra", .string), "the schema has the field `extra`, which Input never reads"),
            (Input.changed("extra", .string), "Input loses the field `extra`, which its schema has"),
            (
                Input.schema.with { $0.required = ["name", "cpus", "mode"] },
                "Input demands the field `mounts`, which its schema leaves optional"
            ),
            (
                Input.schema.with { $0.required.append("env") },
                "the schema requires the field `env`, which Input leaves optional"
            ),
            (
                Input.changed("cpus", .string),
                "Input refuses what its schema allows: cpus: expected a number, found a string"
            ),
            (
                Input.changed("mode", .constant("other")),
                "Input refuses what its schema allows: mode: Cannot initialize Mode from invalid String value other"
            ),
            (
                Input.changed("main", .object(["from": .string, "readonly": .boolean], required: ["from"])),
                "the schema has the field `main.readonly`, which Input never reads"
            ),
            (
                Input.changed("volumes", .map(of: .object(["from": .string, "readOnly": .boolean]))),
                "Input demands the field `volumes.*.from`, which its schema leaves optional"
            ),
            (
                Input.changed("mounts", .array(of: .object(["from": .string], required: ["from"]), minItems: 1)),
                "Input reads the field `mounts[].readOnly`, which its schema has not"
            ),
        ])
    func disagreement(schema: JSONSchema, sentence: String) {
        let found = SchemaAgreement.differences(Input.self, schema)
        #expect(found.contains(sentence), "\(found)")
    }
}
