import CallProtocol
import Operations

/// Reads the schemas of any edition as JSON Schema 2020-12. A keyword that is malformed is left out, with a defect, and the
/// rest of the schema counts.
struct SchemaReader {
    let dialect: Dialect
    let side: SchemaTable.Side
    let log: DefectLog

    /// Schemas within schemas without a reference between them.
    private static let deepest = 100

    func schema(_ place: Place, depth: Int = 0) -> JSONSchema {
        guard depth < Self.deepest else {
            log.add(.warning, at: place, "the schema is nested too deep; what is below is not checked")
            return .any
        }
        switch place.value {
        case .bool(let allowed): return allowed ? .any : .nothing
        case .object(let members):
            var words = JSONSchemaKeywords()
            for member in members where !Self.later.contains(member.key) {
                read(member.key, place.under(member.key, member.value), into: &words, depth: depth)
            }
            readReference(members, place, into: &words)
            Self.mendObject(&words, place, log)
            readBounds(members, place, into: &words)
            readCondition(members, place, into: &words, depth: depth)
            readProperties(place, into: &words, depth: depth)
            return nullable(members) ? Self.withNull(words) : JSONSchema(words)
        default:
            log.add(
                .warning, at: place, "a schema is needed, found \(place.value.kind.phrase); anything is allowed here")
            return .any
        }
    }

    /// Read with others of the schema, when those are known.
    private static let later: Set<String> = [
        "$ref", "exclusiveMinimum", "exclusiveMaximum", "if", "then", "else", "properties", "required", "nullable",
        "x-nullable",
    ]

    private func nullable(_ members: JSONObject) -> Bool {
        members["nullable"]?.boolValue == true || members["x-nullable"]?.boolValue == true
    }

    /// This or null, said the way 2020-12 says it.
    private static func withNull(_ words: JSONSchemaKeywords) -> JSONSchema {
        var words = words
        let hasBranches =
            words.reference != nil || !words.allOf.isEmpty || !words.anyOf.isEmpty || !words.oneOf.isEmpty
            || words.constant != nil
        if hasBranches {
            // A description stays where people look for it.
            var outer = JSONSchemaKeywords()
            (outer.title, outer.description, words.title, words.description) = (
                words.title, words.description, nil, nil
            )
            outer.anyOf = [JSONSchema(words), .null]
            return JSONSchema(outer)
        }
        if !words.types.isEmpty, !words.types.contains(.null) { words.types.append(.null) }
        if let values = words.enumeration, !values.contains(.null) { words.enumeration = values + [.null] }
        return JSONSchema(words)
    }

    private func readReference(_ members: JSONObject, _ place: Place, into words: inout JSONSchemaKeywords) {
        guard let value = members["$ref"] else { return }
        guard let text = value.stringValue else {
            return log.add(.warning, at: place, "$ref must be a text; anything is allowed here")
        }
        guard let target = place.target(text) else {
            return log.add(.warning, at: place, "$ref leads nowhere: \(text.prefix(200)); anything is allowed here")
        }
        words.reference = "#/$defs/" + JSONPointer.escape(SchemaTable.name(of: target, dialect))
    }

    /// `exclusiveMinimum: true` beside `minimum`, as it was before 2020-12.
    private func readBounds(_ members: JSONObject, _ place: Place, into words: inout JSONSchemaKeywords) {
        let values = KeywordValues(log: log)
        if let bound = members["exclusiveMinimum"] {
            if bound.boolValue == true {
                (words.exclusiveMinimum, words.minimum) = (words.minimum, nil)
            } else if bound.boolValue == nil {
                words.exclusiveMinimum = values.number(place.under("exclusiveMinimum", bound))
            }
        }
        if let bound = members["exclusiveMaximum"] {
            if bound.boolValue == true {
                (words.exclusiveMaximum, words.maximum) = (words.maximum, nil)
            } else if bound.boolValue == nil {
                words.exclusiveMaximum = values.number(place.under("exclusiveMaximum", bound))
            }
        }
    }

    private func readCondition(_ members: JSONObject, _ place: Place, into words: inout JSONSchemaKeywords, depth: Int)
    {
        guard let test = place["if"] else { return }
        words.condition = .init(
            test: schema(test, depth: depth + 1), then: place["then"].map { schema($0, depth: depth + 1) },
            otherwise: place["else"].map { schema($0, depth: depth + 1) })
    }

    private func readProperties(_ place: Place, into words: inout JSONSchemaKeywords, depth: Int) {
        var hidden: Set<String> = []
        if let properties = place["properties"] {
            if properties.value.objectValue == nil, !properties.value.isNull {
                log.add(.warning, at: properties, "properties must be an object; left out")
            }
            for (name, property) in properties.members {
                guard !isHidden(property) else {
                    hidden.insert(name)
                    continue
                }
                words.properties.append(.init(name: name, schema: schema(property, depth: depth + 1)))
            }
        }
        if !hidden.isEmpty { words.others[ReadOnlyFields.keyword] = .array(hidden.sorted().map(JSONValue.string)) }
        if let required = place["required"], required.value.boolValue == nil {
            words.required = KeywordValues(log: log).strings(required).filter { !hidden.contains($0) }
        }
    }

    /// Whether a field is not for this side to say.
    private func isHidden(_ property: Place) -> Bool {
        guard side == .request else { return false }
        if let own = property.bool("readOnly") { return own }
        return property.value["$ref"] != nil && property.resolved()?.bool("readOnly") == true
    }

    /// Providers write `items` on an object and mean its values.
    private static func mendObject(_ words: inout JSONSchemaKeywords, _ place: Place, _ log: DefectLog) {
        guard words.types == [.object], let items = words.items else { return }
        log.add(.note, at: place, "items on an object is taken for additionalProperties")
        words.items = nil
        if words.additionalProperties == nil { words.additionalProperties = items }
    }
}
