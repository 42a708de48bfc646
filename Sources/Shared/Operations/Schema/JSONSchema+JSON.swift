package import CallProtocol

extension JSONSchema {
    /// The schema as JSON, keywords in a fixed order; `{}` for anything, `false` for nothing.
    package var json: JSONValue {
        let words = keywords
        guard !words.refusesAll else { return false }
        var object = JSONObject()
        func put(_ name: String, _ value: JSONValue?) {
            if let value { object[name] = value }
        }
        func put(_ name: String, _ schemas: [JSONSchema]) {
            if !schemas.isEmpty { object[name] = .array(schemas.map(\.json)) }
        }
        func put(_ name: String, _ schemas: [JSONSchemaKeywords.Named]) {
            if !schemas.isEmpty { object[name] = .object(JSONObject(schemas.map { ($0.name, $0.schema.json) })) }
        }
        put("$ref", words.reference.map(JSONValue.string))
        put("title", words.title.map(JSONValue.string))
        put("description", words.description.map(JSONValue.string))
        switch words.types.count {
        case 0: break
        case 1: put("type", .string(words.types[0].rawValue))
        default: put("type", .array(words.types.map { .string($0.rawValue) }))
        }
        put("const", words.constant)
        put("enum", words.enumeration.map(JSONValue.array))
        put("minimum", words.minimum)
        put("maximum", words.maximum)
        put("exclusiveMinimum", words.exclusiveMinimum)
        put("exclusiveMaximum", words.exclusiveMaximum)
        put("multipleOf", words.multipleOf)
        put("minLength", words.minLength.map(JSONValue.init))
        put("maxLength", words.maxLength.map(JSONValue.init))
        put("pattern", words.pattern.map(JSONValue.string))
        put("format", words.format.map(JSONValue.string))
        put("prefixItems", words.prefixItems)
        put("items", words.items?.json)
        put("contains", words.contains?.json)
        put("minContains", words.minContains.map(JSONValue.init))
        put("maxContains", words.maxContains.map(JSONValue.init))
        put("unevaluatedItems", words.unevaluatedItems?.json)
        put("minItems", words.minItems.map(JSONValue.init))
        put("maxItems", words.maxItems.map(JSONValue.init))
        put("uniqueItems", words.uniqueItems ? true : nil)
        put("properties", words.properties)
        if !words.required.isEmpty { put("required", .array(words.required.map(JSONValue.string))) }
        put("additionalProperties", words.additionalProperties?.json)
        put("patternProperties", words.patternProperties)
        put("propertyNames", words.propertyNames?.json)
        if !words.dependentRequired.isEmpty {
            put(
                "dependentRequired",
                .object(
                    JSONObject(words.dependentRequired.map { ($0.name, .array($0.required.map(JSONValue.string))) })))
        }
        put("dependentSchemas", words.dependentSchemas)
        put("unevaluatedProperties", words.unevaluatedProperties?.json)
        put("minProperties", words.minProperties.map(JSONValue.init))
        put("maxProperties", words.maxProperties.map(JSONValue.init))
        put("anyOf", words.anyOf)
        put("oneOf", words.oneOf)
        put("allOf", words.allOf)
        put("not", words.not?.json)
        put("if", words.condition?.test.json)
        put("then", words.condition?.then?.json)
        put("else", words.condition?.otherwise?.json)
        put("default", words.defaultValue)
        if !words.examples.isEmpty { put("examples", .array(words.examples)) }
        for member in words.others where object[member.key] == nil { put(member.key, member.value) }
        put("$defs", words.definitions)
        return .object(object)
    }
}

extension JSONValue {
    fileprivate init(_ count: Int) { self = .integer(Int64(count)) }
}
