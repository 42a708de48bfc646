import CallProtocol
import Operations

extension JSONSchema {
    /// A value of this form, mostly a valid one: a place for the mutator to begin.
    /// - Parameter full: with all members, and lists of two.
    func sample(full: Bool) -> JSONValue { sample(full: full, root: self, depth: 0) }

    private func sample(full: Bool, root: JSONSchema, depth: Int) -> JSONValue {
        let words = keywords
        if let constant = words.constant { return constant }
        if let first = words.enumeration?.first { return first }
        let below = { (schema: JSONSchema) in schema.sample(full: full && depth < 6, root: root, depth: depth + 1) }
        if depth < 12,
            let target = words.reference.flatMap({
                root.definition($0.split(separator: "/").last.map(String.init) ?? "")
            })
        {
            return below(target)
        }
        if let branch = words.anyOf.first ?? words.oneOf.first ?? words.allOf.first { return below(branch) }
        switch words.types.first {
        case .null?: return nil
        case .boolean?: return true
        case .integer?, .number?: return words.minimum ?? (full ? 1.0 : 0)
        case .string? where words.format == "date-time": return "2024-02-29T12:34:56.789Z"
        case .string?: return .string(String(repeating: "a", count: max(words.minLength ?? 0, full ? 3 : 0)))
        case .array?:
            let count = max(words.minItems ?? 0, full ? 2 : 0)
            return .array((0..<min(count, 4)).map { _ in words.items.map(below) ?? nil })
        case .object?:
            var members: [(String, JSONValue)] = []
            for property in words.properties where full || words.required.contains(property.name) {
                members.append((property.name, below(property.schema)))
            }
            if full, words.properties.isEmpty, let other = words.additionalProperties, !other.keywords.refusesAll {
                members.append(("key", below(other)))
            }
            return .object(JSONObject(members))
        case nil: return full ? ["any": 1] : nil
        }
    }
}
