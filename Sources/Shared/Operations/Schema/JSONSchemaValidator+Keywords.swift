import CallProtocol
import Formats

// The keywords that look at one value of one kind.
extension JSONSchemaValidator {
    mutating func checkValues(_ value: JSONValue, _ words: JSONSchemaKeywords, at pointer: String) {
        if let constant = words.constant, constant != value {
            report("must be \(Self.show(constant)), found \(Self.show(value))", at: pointer)
        }
        if let allowed = words.enumeration, !allowed.contains(value) {
            var message = "must be one of \(Self.list(allowed.prefix(12).map(Self.show)))"
            if allowed.count > 12 { message += " or \(allowed.count - 12) more" }
            message += ", found \(Self.show(value))"
            if let text = value.stringValue,
                let near = NearestName.to(text, among: allowed.compactMap(\.stringValue))
            {
                message += "; did you mean `\(near)`?"
            }
            report(message, at: pointer)
        }
    }

    mutating func checkNumber(_ value: JSONValue, _ words: JSONSchemaKeywords, at pointer: String) {
        func order(_ bound: JSONValue?) -> Int? { bound.flatMap(value.compared(to:)) }
        if let bound = words.minimum, let order = order(bound), order < 0 {
            report("must be at least \(Self.show(bound)), found \(Self.show(value))", at: pointer)
        }
        if let bound = words.maximum, let order = order(bound), order > 0 {
            report("must be at most \(Self.show(bound)), found \(Self.show(value))", at: pointer)
        }
        if let bound = words.exclusiveMinimum, let order = order(bound), order <= 0 {
            report("must be more than \(Self.show(bound)), found \(Self.show(value))", at: pointer)
        }
        if let bound = words.exclusiveMaximum, let order = order(bound), order >= 0 {
            report("must be less than \(Self.show(bound)), found \(Self.show(value))", at: pointer)
        }
        if let unit = words.multipleOf, !Self.isMultiple(value, of: unit) {
            report("must be a multiple of \(Self.show(unit)), found \(Self.show(value))", at: pointer)
        }
    }

    /// Whole numbers exactly; others within what rounding of the quotient explains (0.3 is a multiple of 0.1).
    private static func isMultiple(_ value: JSONValue, of unit: JSONValue) -> Bool {
        if let value = value.integerValue, let unit = unit.integerValue {
            // The least Int64 divided by -1 would overflow; everything is a multiple of it.
            return unit == 0 || unit == -1 || value % unit == 0
        }
        guard let value = value.doubleValue, let unit = unit.doubleValue, unit != 0 else { return true }
        let quotient = value / unit
        return abs(quotient - quotient.rounded()) <= abs(quotient) * 1e-12
    }

    mutating func checkString(_ text: String, _ schema: JSONSchema, at pointer: String) {
        let words = schema.keywords
        if words.minLength != nil || words.maxLength != nil {
            let length = text.unicodeScalars.count
            if let least = words.minLength, length < least {
                report(
                    text.isEmpty
                        ? "must not be empty"
                        : "must be at least \(Self.count(least, "character")) long, is \(length)", at: pointer)
            }
            if let most = words.maxLength, length > most {
                report("must be at most \(Self.count(most, "character")) long, is \(length)", at: pointer)
            }
        }
        if let pattern = schema.pattern, !pattern.matches(text) {
            report("must match `\(words.pattern ?? "")`, found \(Self.show(.string(text)))", at: pointer)
        }
        if words.format == "date-time", !RFC3339.isTime(text) {
            report("must be a time such as 2026-01-31T12:00:00Z, found \(Self.show(.string(text)))", at: pointer)
        }
    }

    mutating func checkArray(
        _ elements: [JSONValue], _ words: JSONSchemaKeywords, at pointer: String, depth: Int
    ) {
        if let least = words.minItems, elements.count < least {
            report("must have at least \(Self.count(least, "element")), has \(elements.count)", at: pointer)
        }
        if let most = words.maxItems, elements.count > most {
            report("must have at most \(Self.count(most, "element")), has \(elements.count)", at: pointer)
        }
        if words.uniqueItems {
            var seen: Set<JSONValue> = []
            for (place, element) in elements.enumerated() where !seen.insert(element).inserted {
                report("\(Self.show(element)) stands there twice", at: "\(pointer)/\(place)")
            }
        }
        if let wanted = words.contains {
            let found = elements.count { attempt($0, wanted, at: pointer, depth: depth).isEmpty }
            let least = words.minContains ?? 1
            if found < least {
                report("must have \(Self.count(least, "element")) of a certain form, has \(found)", at: pointer)
            }
            if let most = words.maxContains, found > most {
                report("must have at most \(Self.count(most, "element")) of a certain form, has \(found)", at: pointer)
            }
        }
        guard words.items != nil || !words.prefixItems.isEmpty else { return }
        for (place, element) in elements.enumerated() {
            let schema = place < words.prefixItems.count ? words.prefixItems[place] : words.items
            guard let schema else { break }
            check(element, schema, at: "\(pointer)/\(place)", depth: depth + 1)
            if violations.count >= JSONSchema.violationLimit { return }
        }
    }

    mutating func checkObject(_ members: JSONObject, _ schema: JSONSchema, at pointer: String, depth: Int) {
        let words = schema.keywords
        for name in words.required where members[name] == nil {
            report("is required and missing", at: "\(pointer)/\(JSONPointer.escape(name))")
        }
        if let least = words.minProperties, members.count < least {
            report("must have at least \(Self.count(least, "field")), has \(members.count)", at: pointer)
        }
        if let most = words.maxProperties, members.count > most {
            report("must have at most \(Self.count(most, "field")), has \(members.count)", at: pointer)
        }
        for rule in words.dependentRequired where members[rule.name] != nil {
            for name in rule.required where members[name] == nil {
                report("is required where `\(rule.name)` is given", at: "\(pointer)/\(JSONPointer.escape(name))")
            }
        }
        for rule in words.dependentSchemas where members[rule.name] != nil {
            check(.object(members), rule.schema, at: pointer, depth: depth + 1)
        }
        for member in members {
            if violations.count >= JSONSchema.violationLimit { return }
            let field = "\(pointer)/\(JSONPointer.escape(member.key))"
            if let names = words.propertyNames { check(.string(member.key), names, at: field, depth: depth + 1) }
            let matching = words.patternProperties.isEmpty ? [] : schema.patternProperties(member.key)
            for rule in matching ?? [] { check(member.value, rule, at: field, depth: depth + 1) }
            if let known = schema.property(member.key) {
                check(member.value, known, at: field, depth: depth + 1)
            } else if matching?.isEmpty != true {
                continue
            } else if let other = words.additionalProperties {
                if other.keywords.refusesAll {
                    report(Self.unknown(member.key, words.properties.map(\.name)), at: pointer)
                } else {
                    check(member.value, other, at: field, depth: depth + 1)
                }
            }
        }
    }

    static func unknown(_ name: String, _ known: [String]) -> String {
        let said = "unknown field `\(name.prefix(64))`"
        if let near = NearestName.to(name, among: known) { return "\(said); did you mean `\(near)`?" }
        guard !known.isEmpty else { return "\(said); no fields are allowed here" }
        return "\(said); known are \(known.prefix(20).joined(separator: ", "))\(known.count > 20 ? ", ..." : "")"
    }
}

// Words for messages.
extension JSONSchemaValidator {
    static func phrase(_ kinds: [JSONSchemaKeywords.Kind]) -> String { list(kinds.map(\.phrase)) }

    static func phrase(_ schema: JSONSchema) -> String {
        if let constant = schema.keywords.constant { return show(constant) }
        return schema.keywords.types.isEmpty ? "another form" : phrase(schema.keywords.types)
    }

    /// "a", "a or b", "a, b or c"
    static func list(_ parts: [String]) -> String {
        guard parts.count > 1, let last = parts.last else { return parts.first ?? "nothing" }
        return parts.dropLast().joined(separator: ", ") + " or " + last
    }

    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// A value for a message: strings in quotes, cut at 48 characters, containers by their kind alone.
    static func show(_ value: JSONValue) -> String {
        switch value {
        case .array, .object: value.kind.phrase
        case .string(let text) where text.utf8.count > 48: JSONValue.string(text.prefix(48) + "...").description
        default: value.description
        }
    }
}
