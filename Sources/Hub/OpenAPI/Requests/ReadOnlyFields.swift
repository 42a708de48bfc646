import CallProtocol
import Operations

/// Fields that only the other side may set. Whoever sends back what they got need not take them out first.
enum ReadOnlyFields {
    /// A keyword of ours: the names of such fields of an object.
    static let keyword = "x-capstan-read-only"

    static func dropped(from value: JSONValue, _ schema: JSONSchema, _ table: SchemaTable) -> JSONValue {
        dropped(from: value, schema, table, depth: 0)
    }

    private static func dropped(from value: JSONValue, _ schema: JSONSchema, _ table: SchemaTable, depth: Int)
        -> JSONValue
    {
        guard depth < 64, value.objectValue != nil || value.arrayValue != nil else { return value }
        let words = schema.keywords
        var value = value
        if let target = words.reference.flatMap(JSONSchema.definitionName).flatMap(table.definition) {
            value = dropped(from: value, target, table, depth: depth + 1)
        }
        for branch in words.allOf { value = dropped(from: value, branch, table, depth: depth + 1) }
        switch value {
        case .array(let elements):
            guard let items = words.items else { return value }
            return .array(elements.map { dropped(from: $0, items, table, depth: depth + 1) })
        case .object(var members):
            for name in words.others[keyword]?.arrayValue ?? [] { members[name.stringValue ?? ""] = nil }
            for property in words.properties {
                guard let member = members[property.name] else { continue }
                members[property.name] = dropped(from: member, property.schema, table, depth: depth + 1)
            }
            return .object(members)
        default: return value
        }
    }
}
