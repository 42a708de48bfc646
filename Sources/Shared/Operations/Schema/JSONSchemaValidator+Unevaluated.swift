import CallProtocol

// `unevaluatedProperties` and `unevaluatedItems`: what no other keyword of the schema, nor a branch of it that holds, speaks of
// (JSON Schema 2020-12, sections 11.2 and 11.3). Which branches hold is found out anew here, and only where it is asked for.
extension JSONSchemaValidator {
    mutating func checkUnevaluated(_ value: JSONValue, _ schema: JSONSchema, at pointer: String, depth: Int) {
        let words = schema.keywords
        if let rest = words.unevaluatedProperties, let members = value.objectValue {
            var seen = Evaluated()
            collect(value, schema, into: &seen, isRoot: true, at: pointer, depth: depth)
            guard !seen.allMembers else { return }
            for member in members where !seen.members.contains(member.key) {
                if rest.keywords.refusesAll {
                    report(Self.unknown(member.key, seen.known.sorted()), at: pointer)
                } else {
                    check(member.value, rest, at: "\(pointer)/\(JSONPointer.escape(member.key))", depth: depth + 1)
                }
            }
        }
        if let rest = words.unevaluatedItems, let elements = value.arrayValue {
            var seen = Evaluated()
            collect(value, schema, into: &seen, isRoot: true, at: pointer, depth: depth)
            guard !seen.allElements else { return }
            for (place, element) in elements.enumerated().dropFirst(seen.elements) {
                check(element, rest, at: "\(pointer)/\(place)", depth: depth + 1)
            }
        }
    }

    /// What was spoken of.
    private struct Evaluated {
        var members: Set<String> = []
        var allMembers = false
        /// How many elements from the first.
        var elements = 0
        var allElements = false
        /// Names of properties, for messages.
        var known: Set<String> = []
        /// References that were followed.
        var followed: Set<String> = []
    }

    private mutating func collect(
        _ value: JSONValue, _ schema: JSONSchema, into seen: inout Evaluated, isRoot: Bool = false, at pointer: String,
        depth: Int
    ) {
        guard depth < Self.deepest, step() else { return }
        let words = schema.keywords
        seen.known.formUnion(words.properties.map(\.name))
        for member in value.objectValue ?? [:] {
            let matches = words.patternProperties.isEmpty ? [] : schema.patternProperties(member.key)
            if schema.property(member.key) != nil || matches?.isEmpty != true { seen.members.insert(member.key) }
        }
        if words.additionalProperties != nil || (!isRoot && words.unevaluatedProperties != nil) {
            seen.allMembers = true
        }
        seen.elements = max(seen.elements, words.prefixItems.count)
        if words.items != nil || (!isRoot && words.unevaluatedItems != nil) { seen.allElements = true }
        var branches = words.allOf
        if let reference = words.reference, seen.followed.insert(reference).inserted, let target = resolve(reference) {
            branches.append(target)
        }
        branches += words.dependentSchemas.filter { value[$0.name] != nil }.map(\.schema)
        if let condition = words.condition {
            if attempt(value, condition.test, at: pointer, depth: depth).isEmpty {
                branches.append(condition.test)
                if let then = condition.then { branches.append(then) }
            } else if let otherwise = condition.otherwise {
                branches.append(otherwise)
            }
        }
        for branch in words.anyOf + words.oneOf {
            if attempt(value, branch, at: pointer, depth: depth).isEmpty {
                branches.append(branch)
            } else {
                // What a message offers may as well be in a branch that does not hold yet.
                seen.known.formUnion(resolved(branch).keywords.properties.map(\.name))
            }
        }
        for branch in branches { collect(value, branch, into: &seen, at: pointer, depth: depth + 1) }
    }
}
