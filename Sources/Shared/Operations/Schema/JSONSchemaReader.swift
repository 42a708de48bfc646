package import CallProtocol

extension JSONSchema {
    /// Reads a schema: an object, `true` or `false`.
    /// - Throws: `JSONSchemaError` for a known keyword whose value is of the wrong kind.
    package init(json: JSONValue) throws(JSONSchemaError) {
        self = try JSONSchemaReader(pointer: "").schema(json)
    }
}

/// Reads keywords at one place of a schema document.
private struct JSONSchemaReader {
    var pointer: String

    private func under(_ name: String) -> JSONSchemaReader {
        JSONSchemaReader(pointer: "\(pointer)/\(JSONPointer.escape(name))")
    }

    private func wrong(_ expected: String, _ value: JSONValue) -> JSONSchemaError {
        JSONSchemaError(pointer: pointer, reason: "expected \(expected), found \(value.kind.phrase)")
    }

    func schema(_ json: JSONValue) throws(JSONSchemaError) -> JSONSchema {
        if let allowed = json.boolValue { return allowed ? .any : .nothing }
        guard let object = json.objectValue else { throw wrong("an object or a boolean", json) }
        var words = JSONSchemaKeywords()
        for member in object {
            try under(member.key).read(member.key, member.value, into: &words)
        }
        if let test = object["if"] {
            words.condition = .init(
                test: try under("if").schema(test), then: try branch("then", of: object),
                otherwise: try branch("else", of: object))
        }
        return JSONSchema(words)
    }

    private func branch(_ name: String, of object: JSONObject) throws(JSONSchemaError) -> JSONSchema? {
        guard let value = object[name] else { return nil }
        return try under(name).schema(value)
    }

    private func read(
        _ name: String, _ value: JSONValue, into words: inout JSONSchemaKeywords
    ) throws(JSONSchemaError) {
        switch name {
        case "type": words.types = try types(value)
        case "title": words.title = try string(value)
        case "description": words.description = try string(value)
        case "default": words.defaultValue = value
        case "examples": words.examples = try array(value)
        case "const": words.constant = value
        case "enum": words.enumeration = try array(value)
        case "minimum": words.minimum = try number(value)
        case "maximum": words.maximum = try number(value)
        case "exclusiveMinimum": words.exclusiveMinimum = try number(value)
        case "exclusiveMaximum": words.exclusiveMaximum = try number(value)
        case "multipleOf": words.multipleOf = try number(value)
        case "minLength": words.minLength = try count(value)
        case "maxLength": words.maxLength = try count(value)
        case "pattern": words.pattern = try string(value)
        case "format": words.format = try string(value)
        case "items": words.items = try schema(value)
        case "prefixItems": words.prefixItems = try schemas(value)
        case "contains": words.contains = try schema(value)
        case "minContains": words.minContains = try count(value)
        case "maxContains": words.maxContains = try count(value)
        case "unevaluatedItems": words.unevaluatedItems = try schema(value)
        case "minItems": words.minItems = try count(value)
        case "maxItems": words.maxItems = try count(value)
        case "uniqueItems": words.uniqueItems = try bool(value)
        case "properties": words.properties = try named(value)
        case "required": words.required = try strings(value)
        case "additionalProperties": words.additionalProperties = try schema(value)
        case "patternProperties": words.patternProperties = try named(value)
        case "propertyNames": words.propertyNames = try schema(value)
        case "dependentRequired": words.dependentRequired = try dependences(value)
        case "dependentSchemas": words.dependentSchemas = try named(value)
        case "unevaluatedProperties": words.unevaluatedProperties = try schema(value)
        case "minProperties": words.minProperties = try count(value)
        case "maxProperties": words.maxProperties = try count(value)
        case "anyOf": words.anyOf = try schemas(value)
        case "oneOf": words.oneOf = try schemas(value)
        case "allOf": words.allOf = try schemas(value)
        case "not": words.not = try schema(value)
        case "$ref": words.reference = try string(value)
        case "$defs": words.definitions = try named(value)
        case "if", "then", "else": break
        default: words.others[name] = value
        }
    }

    private func types(_ value: JSONValue) throws(JSONSchemaError) -> [JSONSchemaKeywords.Kind] {
        var kinds: [JSONSchemaKeywords.Kind] = []
        let names = if let one = value.stringValue { [one] } else { try strings(value) }
        for name in names {
            guard let kind = JSONSchemaKeywords.Kind(rawValue: name) else {
                throw JSONSchemaError(pointer: pointer, reason: "unknown type `\(name)`")
            }
            kinds.append(kind)
        }
        return kinds
    }

    private func string(_ value: JSONValue) throws(JSONSchemaError) -> String {
        guard let text = value.stringValue else { throw wrong("a string", value) }
        return text
    }

    private func bool(_ value: JSONValue) throws(JSONSchemaError) -> Bool {
        guard let truth = value.boolValue else { throw wrong("a boolean", value) }
        return truth
    }

    private func number(_ value: JSONValue) throws(JSONSchemaError) -> JSONValue {
        guard value.doubleValue != nil else { throw wrong("a number", value) }
        return value
    }

    private func count(_ value: JSONValue) throws(JSONSchemaError) -> Int {
        guard let whole = value.integerValue, let count = Int(exactly: whole), count >= 0 else {
            throw wrong("a whole number from 0", value)
        }
        return count
    }

    private func array(_ value: JSONValue) throws(JSONSchemaError) -> [JSONValue] {
        guard let elements = value.arrayValue else { throw wrong("an array", value) }
        return elements
    }

    private func strings(_ value: JSONValue) throws(JSONSchemaError) -> [String] {
        var strings: [String] = []
        for (place, element) in try array(value).enumerated() {
            strings.append(try under("\(place)").string(element))
        }
        return strings
    }

    private func dependences(_ value: JSONValue) throws(JSONSchemaError) -> [JSONSchemaKeywords.Dependence] {
        guard let members = value.objectValue else { throw wrong("an object", value) }
        var found: [JSONSchemaKeywords.Dependence] = []
        for member in members {
            found.append(.init(name: member.key, required: try under(member.key).strings(member.value)))
        }
        return found
    }

    private func schemas(_ value: JSONValue) throws(JSONSchemaError) -> [JSONSchema] {
        var schemas: [JSONSchema] = []
        for (place, element) in try array(value).enumerated() {
            schemas.append(try under("\(place)").schema(element))
        }
        return schemas
    }

    private func named(_ value: JSONValue) throws(JSONSchemaError) -> [JSONSchemaKeywords.Named] {
        guard let members = value.objectValue else { throw wrong("an object", value) }
        var named: [JSONSchemaKeywords.Named] = []
        for member in members {
            named.append(.init(name: member.key, schema: try under(member.key).schema(member.value)))
        }
        return named
    }
}
