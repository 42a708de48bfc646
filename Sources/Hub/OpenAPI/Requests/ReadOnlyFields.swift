import CallProtocol
import Operations

/// Fields that only the other side may set. Whoever sends back what they got need not take them out first.
enum ReadOnlyFields {
    /// A keyword of ours: the names of such fields of an object.
    static let keyword = "x-capstan-read-only"

    static func dropped(from value: JSONValue, _ schema: JSONSchema, _ table: SchemaTable) -> JSONValue {
        var walk = Walk(table: table)
        return walk.dropped(from: value, schema, depth: 0, followed: [])
    }

    private struct Walk {
        let table: SchemaTable
        /// Schemas that are looked at, at most: definitions that consist of each other could go on for ever.
        var left = 20_000

        /// - Parameter followed: the definitions that were looked at for this same value.
        mutating func dropped(
            from value: JSONValue, _ schema: JSONSchema, depth: Int, followed: Set<String>
        ) -> JSONValue {
            left -= 1
            guard left > 0, depth < JSONLimits.deepest, value.objectValue != nil || value.arrayValue != nil else {
                return value
            }
            let words = schema.keywords
            var value = value
            if let name = words.reference.flatMap(JSONSchema.definitionName), !followed.contains(name),
                let target = table.definition(name)
            {
                value = dropped(from: value, target, depth: depth + 1, followed: followed.union([name]))
            }
            for branch in words.allOf + words.anyOf + words.oneOf {
                value = dropped(from: value, branch, depth: depth + 1, followed: followed)
            }
            switch value {
            case .array(let elements):
                guard let items = words.items else { return value }
                return .array(elements.map { dropped(from: $0, items, depth: depth + 1, followed: []) })
            case .object(let members): return .object(dropped(from: members, schema, depth: depth))
            default: return value
            }
        }

        private mutating func dropped(from members: JSONObject, _ schema: JSONSchema, depth: Int) -> JSONObject {
            let words = schema.keywords
            var members = members
            for name in words.others[keyword]?.arrayValue ?? [] { members[name.stringValue ?? ""] = nil }
            for property in words.properties {
                guard let member = members[property.name] else { continue }
                members[property.name] = dropped(from: member, property.schema, depth: depth + 1, followed: [])
            }
            guard let others = words.additionalProperties, !others.keywords.refusesAll else { return members }
            for member in members where schema.property(member.key) == nil {
                members[member.key] = dropped(from: member.value, others, depth: depth + 1, followed: [])
            }
            return members
        }
    }
}
