package import CallProtocol

/// The least value that a schema allows, as an example to begin with: what is required and nothing else.
///
/// It is a guess: patterns that need more than their format says, and branches that exclude each other in odd ways, may
/// make it one that is not valid. Who needs to know validates it.
package struct SampleValue {
    private let root: JSONSchema
    private let definitions: (any SchemaDefinitions)?
    private static let deepest = 24
    /// Schemas that are looked at, and values made, at most: definitions that consist of each other have no end of ways.
    private var left = 4_000
    /// Values that are checked, at most.
    private var checks = 200
    /// Definitions within which this is.
    private var open: Set<String> = []

    /// - Parameter definitions: where references are looked up that the schema does not define itself.
    package static func least(_ schema: JSONSchema, with definitions: (any SchemaDefinitions)? = nil) -> JSONValue {
        var sample = SampleValue(root: schema, definitions: definitions)
        return sample.value(schema, depth: 0)
    }

    private init(root: JSONSchema, definitions: (any SchemaDefinitions)?) {
        self.root = root
        self.definitions = definitions
    }

    private mutating func isValid(_ value: JSONValue, _ schema: JSONSchema) -> Bool {
        checks -= 1
        guard checks > 0 else { return false }
        var validator = JSONSchemaValidator(root: root, definitions: definitions, limit: 5_000)
        return validator.attempt(value, schema, at: "", depth: 0).isEmpty
    }

    private mutating func value(_ schema: JSONSchema, depth: Int) -> JSONValue {
        let words = schema.keywords
        left -= 1
        guard depth < Self.deepest, left > 0 else { return .null }
        if let constant = words.constant { return constant }
        if let first = words.enumeration?.first(where: { !$0.isNull }) ?? words.enumeration?.first { return first }
        for example in words.examples + (words.defaultValue.map { [$0] } ?? []) {
            if !example.isNull, !isLarge(example), isValid(example, schema) { return example }
        }
        var made = plain(schema, depth: depth)
        if let reference = words.reference, open.insert(reference).inserted, let target = resolve(reference) {
            made = merged(made, value(target, depth: depth + 1))
            open.remove(reference)
        }
        for branch in words.allOf { made = merged(made, value(branch, depth: depth + 1)) }
        for branches in [words.anyOf, words.oneOf] where !branches.isEmpty {
            made = branch(of: branches, made, schema, depth)
        }
        for condition in conditions(of: schema, depth: depth) {
            let branch = isValid(made, condition.test) ? condition.then : condition.otherwise
            if let branch { made = merged(made, complete(value(branch, depth: depth + 1), from: schema, depth: depth)) }
        }
        return made
    }

    /// Its own, and those of all that it consists of: they look at the whole value.
    private func conditions(of schema: JSONSchema, depth: Int) -> [JSONSchemaKeywords.Condition] {
        guard depth < Self.deepest else { return [] }
        let words = schema.keywords
        let parts = words.allOf + [words.reference.flatMap(resolve)].compactMap { $0 }
        return [words.condition].compactMap { $0 } + parts.flatMap { conditions(of: $0, depth: depth + 1) }
    }

    /// What a branch asks for by name alone, as the rest of the schema has it.
    private mutating func complete(_ sample: JSONValue, from schema: JSONSchema, depth: Int) -> JSONValue {
        guard var members = sample.objectValue else { return sample }
        for name in members.keys {
            if let property = property(name, of: schema, depth: depth) {
                members[name] = value(property, depth: depth + 1)
            }
        }
        return .object(members)
    }

    private func property(_ name: String, of schema: JSONSchema, depth: Int) -> JSONSchema? {
        guard depth < Self.deepest else { return nil }
        if let own = schema.property(name) { return own }
        let words = schema.keywords
        let parts = words.allOf + [words.reference.flatMap(resolve)].compactMap { $0 }
        return parts.lazy.compactMap { property(name, of: $0, depth: depth + 1) }.first
    }

    /// Objects and lists of examples are more than what is least.
    private func isLarge(_ value: JSONValue) -> Bool { value.arrayValue != nil || value.objectValue != nil }

    private func resolve(_ reference: String) -> JSONSchema? {
        JSONSchemaValidator(root: root, definitions: definitions).resolve(reference)
    }

    /// The first branch with which the whole is valid, else the first that is not null.
    private mutating func branch(of branches: [JSONSchema], _ made: JSONValue, _ schema: JSONSchema, _ depth: Int)
        -> JSONValue
    {
        var first: JSONValue?
        for branch in branches.prefix(16) {
            let sample = merged(made, value(branch, depth: depth + 1))
            if sample.isNull { continue }
            if isValid(sample, schema) { return sample }
            first = first ?? sample
        }
        return first ?? made
    }

    /// The members of both; what is no object gives way to what is not null.
    private func merged(_ one: JSONValue, _ other: JSONValue) -> JSONValue {
        guard var all = one.objectValue, let more = other.objectValue else { return other.isNull ? one : other }
        for member in more { all[member.key] = all[member.key].map { merged($0, member.value) } ?? member.value }
        return .object(all)
    }

    private mutating func plain(_ schema: JSONSchema, depth: Int) -> JSONValue {
        let words = schema.keywords
        let kind = words.types.first { $0 != .null } ?? (words.types.isEmpty ? likelyKind(words) : .null)
        switch kind {
        case .null, nil: return .null
        case .boolean: return true
        case .integer, .number: return number(words, isWhole: kind == .integer)
        case .string: return .string(text(words))
        case .array:
            let first = words.prefixItems.prefix(64).map { value($0, depth: depth + 1) }
            let wanted = max(words.minItems ?? 0, words.contains == nil ? 0 : 1) - first.count
            guard wanted > 0 else { return .array(first) }
            let before = left
            let element = (words.contains ?? words.items).map { value($0, depth: depth + 1) } ?? .string("")
            // Copies cost what the first one did.
            let count = min(wanted, max(1, left / max(1, before - left)))
            left -= count * (before - left)
            return .array(first + Array(repeating: element, count: count))
        case .object: return object(schema, depth: depth)
        }
    }

    private func likelyKind(_ words: JSONSchemaKeywords) -> JSONSchemaKeywords.Kind? {
        if !words.properties.isEmpty || !words.required.isEmpty || words.minProperties != nil { return .object }
        if words.items != nil { return .array }
        return words.minLength != nil || words.pattern != nil || words.format != nil ? .string : nil
    }

    private mutating func object(_ schema: JSONSchema, depth: Int) -> JSONValue {
        let words = schema.keywords
        var members = JSONObject()
        for name in words.required {
            members[name] = schema.property(name).map { value($0, depth: depth + 1) } ?? "x"
        }
        for property in words.properties where members.count < words.minProperties ?? 0 && members[property.name] == nil
        {
            members[property.name] = value(property.schema, depth: depth + 1)
        }
        while members.count < min(words.minProperties ?? 0, 64), let values = words.additionalProperties,
            !values.keywords.refusesAll
        {
            members["key\(members.count + 1)"] = value(values, depth: depth + 1)
        }
        return .object(members)
    }

    private func number(_ words: JSONSchemaKeywords, isWhole: Bool) -> JSONValue {
        let above = words.exclusiveMinimum?.doubleValue.map { isWhole ? $0 + 1 : $0 + 0.5 }
        let below = words.exclusiveMaximum?.doubleValue.map { isWhole ? $0 - 1 : $0 - 0.5 }
        let least = max(words.minimum?.doubleValue ?? -.infinity, above ?? -.infinity)
        let most = min(words.maximum?.doubleValue ?? .infinity, below ?? .infinity)
        var number = least.isFinite ? max(least, min(1, most)) : min(1, most)
        if let unit = words.multipleOf?.doubleValue, unit > 0 { number = (number / unit).rounded(.up) * unit }
        if isWhole { number.round(.up) }
        return Int64(exactly: number).map(JSONValue.integer) ?? .double(number)
    }

    private func text(_ words: JSONSchemaKeywords) -> String {
        let usual =
            switch words.format {
            case "date-time": "2026-01-31T12:00:00Z"
            case "date": "2026-01-31"
            case "uuid": "00000000-0000-4000-8000-000000000000"
            case "uri", "url": "https://example.com/"
            case "email": "someone@example.com"
            case "ipv4": "192.0.2.1"
            case "ipv6": "2001:db8::1"
            case "hostname": "host.example"
            default: "text"
            }
        var text = usual
        if let pattern = words.pattern.flatMap(JSONSchemaPattern.init), !pattern.matches(text) {
            text = Self.tries.first { pattern.matches($0) } ?? text
        }
        while text.unicodeScalars.count < min(words.minLength ?? 0, 4_096) { text += "x" }
        if let most = words.maxLength { text = String(text.prefix(most)) }
        return text
    }

    /// What patterns of APIs are often after.
    private static let tries = [
        "a", "1", "abc-123", "A1", "192.0.2.1", "192.0.2.0/24", "8080/tcp", "22", "0.5", "12h", "sha256:0", "a/b",
        "a@b.example",
        "00000000-0000-4000-8000-000000000000", "2026-01-31", "https://example.com",
    ]
}
