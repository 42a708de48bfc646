import CallProtocol
import Operations

extension SchemaReader {
    func read(_ name: String, _ place: Place, into words: inout JSONSchemaKeywords, depth: Int) {
        let values = KeywordValues(log: log)
        func schema(_ place: Place) -> JSONSchema { self.schema(place, depth: depth + 1) }
        func schemas(_ place: Place) -> [JSONSchema] {
            values.array(place).map { schema($0) }
        }
        func named(_ place: Place) -> [JSONSchemaKeywords.Named] {
            values.object(place).map { .init(name: $0.key, schema: schema($0.place)) }
        }
        switch name {
        case "type": readType(place, into: &words)
        case "title": words.title = values.string(place)
        case "description": words.description = values.string(place)
        case "default": words.defaultValue = place.value
        case "example": words.examples.append(place.value)
        case "examples": words.examples += place.value.arrayValue ?? []
        case "const": words.constant = place.value
        case "enum":
            words.enumeration = place.value.arrayValue ?? [place.value]
            if place.value.arrayValue == nil {
                log.add(.warning, at: place, "enum must be a list; taken for one of one value")
            }
        case "minimum": words.minimum = values.number(place)
        case "maximum": words.maximum = values.number(place)
        case "multipleOf":
            words.multipleOf = values.number(place)
        case "minLength": words.minLength = values.count(place)
        case "maxLength": words.maxLength = values.count(place)
        case "pattern": words.pattern = values.string(place)
        case "format": words.format = words.format ?? values.string(place)
        case "items":
            if place.value.arrayValue != nil { words.prefixItems = schemas(place) } else { words.items = schema(place) }
        case "prefixItems": words.prefixItems = schemas(place)
        case "contains": words.contains = schema(place)
        case "minContains": words.minContains = values.count(place)
        case "maxContains": words.maxContains = values.count(place)
        case "unevaluatedItems": words.unevaluatedItems = schema(place)
        case "minItems": words.minItems = values.count(place)
        case "maxItems": words.maxItems = values.count(place)
        case "uniqueItems": words.uniqueItems = place.value.boolValue ?? false
        case "additionalProperties": words.additionalProperties = schema(place)
        case "patternProperties": words.patternProperties = named(place)
        case "propertyNames": words.propertyNames = schema(place)
        case "dependentRequired":
            words.dependentRequired = values.object(place).map {
                .init(name: $0.key, required: values.strings($0.place))
            }
        case "dependentSchemas": words.dependentSchemas = named(place)
        case "unevaluatedProperties": words.unevaluatedProperties = schema(place)
        case "minProperties": words.minProperties = values.count(place)
        case "maxProperties": words.maxProperties = values.count(place)
        case "anyOf": words.anyOf = schemas(place)
        case "oneOf": words.oneOf = schemas(place)
        case "allOf": words.allOf = schemas(place)
        case "not": words.not = schema(place)
        default: words.others[name] = place.value
        }
    }

    private func readType(_ place: Place, into words: inout JSONSchemaKeywords) {
        let names = place.value.arrayValue ?? [place.value]
        for name in names {
            // YAML's null where "null" was meant.
            guard let text = name.isNull && place.value.arrayValue != nil ? "null" : name.stringValue else {
                log.add(.warning, at: place, "type must be a text or a list of them; left out")
                continue
            }
            if let kind = JSONSchemaKeywords.Kind(rawValue: text) {
                if !words.types.contains(kind) { words.types.append(kind) }
            } else if text == "file" {
                words.types.append(.string)
                words.format = "binary"
            } else if let meant = Self.likelyKinds[text.lowercased()] {
                log.add(.warning, at: place, "unknown type \(text) is taken for \(meant.rawValue)")
                words.types.append(meant)
            } else {
                if text != "any" {
                    log.add(.warning, at: place, "unknown type \(text.prefix(64)); any kind is allowed")
                }
                words.types = []
                return
            }
        }
        // A number is an integer too; the checker takes both from `number`.
        if words.types.contains(.number) { words.types.removeAll { $0 == .integer } }
    }

    private static let likelyKinds: [String: JSONSchemaKeywords.Kind] = [
        "str": .string, "text": .string, "uuid": .string, "date": .string, "datetime": .string, "date-time": .string,
        "int": .integer, "int32": .integer, "int64": .integer, "long": .integer, "float": .number, "double": .number,
        "decimal": .number, "bool": .boolean, "list": .array, "dict": .object, "map": .object, "hash": .object,
        "string": .string, "integer": .integer, "number": .number, "boolean": .boolean, "array": .array,
        "object": .object, "none": .null, "nil": .null,
    ]
}

/// Values of keywords, with a defect where one is not what it should be.
struct KeywordValues {
    let log: DefectLog

    func string(_ place: Place) -> String? {
        switch place.value {
        case .string(let text): return text
        case .null: return nil
        case .bool, .integer, .double: return place.value.description
        default:
            wrong("a text", place)
            return nil
        }
    }

    func number(_ place: Place) -> JSONValue? {
        if place.value.doubleValue != nil { return place.value }
        if let text = place.value.stringValue, let number = YAMLScalar.value(text).doubleValue {
            return YAMLScalar.value(text).integerValue.map(JSONValue.integer) ?? .double(number)
        }
        wrong("a number", place)
        return nil
    }

    func count(_ place: Place) -> Int? {
        if let whole = number(place)?.integerValue, let count = Int(exactly: whole), count >= 0 { return count }
        if place.value.doubleValue != nil { wrong("a whole number from 0", place) }
        return nil
    }

    func strings(_ place: Place) -> [String] {
        array(place).compactMap { element in
            if let text = element.value.stringValue { return text }
            wrong("a text", element)
            return nil
        }
    }

    func array(_ place: Place) -> [Place] {
        if place.value.arrayValue == nil, !place.value.isNull { wrong("a list", place) }
        return place.elements
    }

    func object(_ place: Place) -> [(key: String, place: Place)] {
        if place.value.objectValue == nil, !place.value.isNull { wrong("an object", place) }
        return place.members
    }

    private func wrong(_ expected: String, _ place: Place) {
        log.add(.warning, at: place, "\(expected) is needed, found \(place.value.kind.phrase); left out")
    }
}
