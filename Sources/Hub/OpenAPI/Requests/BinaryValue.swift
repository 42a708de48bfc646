package import CallProtocol
import FoundationEssentials
package import Operations

/// Bytes within JSON: a text, or `{"base64": "..."}`, perhaps with a file's name and its media type.
package enum BinaryValue {
    package static let schema = JSONSchema.anyOf([
        .string().describe("The bytes as text"),
        .object(
            [
                "base64": .string().describe("The bytes in base64"),
                "filename": .string(minLength: 1, maxLength: 255), "contentType": .string(minLength: 1, maxLength: 255),
            ], required: ["base64"]
        ).describe("Bytes that are no text"),
    ])

    /// Whether a schema is one of bytes.
    static func isBinary(_ schema: JSONSchema) -> Bool {
        let words = schema.keywords
        return words.format == "binary" || words.format == "file"
            || words.others["contentMediaType"] != nil && words.others["contentEncoding"] == nil
    }

    /// The schema of a form's fields, with bytes as they are said here.
    static func fields(of schema: JSONSchema, _ table: SchemaTable) -> JSONSchema {
        let flat = flattened(schema, table, depth: 0)
        guard !flat.keywords.properties.isEmpty else { return flat }
        return flat.with { words in
            words.properties = words.properties.map { named in
                .init(name: named.name, schema: shown(named.schema, table))
            }
        }
    }

    private static func shown(_ field: JSONSchema, _ table: SchemaTable) -> JSONSchema {
        let resolved = flattened(field, table, depth: 0)
        if isBinary(resolved) { return schema }
        if let items = resolved.keywords.items, isBinary(flattened(items, table, depth: 0)) {
            return resolved.with { $0.items = schema }
        }
        return field
    }

    /// The schema that a reference leads to, where it is only a reference.
    static func flattened(_ schema: JSONSchema, _ table: SchemaTable, depth: Int) -> JSONSchema {
        guard depth < 32, let name = schema.keywords.reference.flatMap(JSONSchema.definitionName),
            schema.keywords.properties.isEmpty, let target = table.definition(name)
        else { return schema }
        return flattened(target, table, depth: depth + 1)
    }

    /// The bytes that a value stands for.
    /// - Returns: nil where it is neither a text nor base64 that can be read.
    package static func bytes(_ value: JSONValue) -> [UInt8]? {
        if let text = value.stringValue { return Array(text.utf8) }
        return value["base64"]?.stringValue.flatMap { Data(base64Encoded: $0) }.map(Array.init)
    }
}
