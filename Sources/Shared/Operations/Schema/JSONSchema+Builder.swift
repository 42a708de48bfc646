package import CallProtocol

// Schemas in Swift. Each function gives a new schema; `.describe(...)` and its like follow.
extension JSONSchema {
    /// Anything at all.
    package static var any: JSONSchema { JSONSchema() }

    /// Nothing at all (`false`).
    package static var nothing: JSONSchema { make { $0.refusesAll = true } }

    package static var null: JSONSchema { of(.null) }
    package static var boolean: JSONSchema { of(.boolean) }
    package static var string: JSONSchema { of(.string) }
    package static var integer: JSONSchema { of(.integer) }
    package static var number: JSONSchema { of(.number) }

    /// A string; lengths in Unicode scalars. `pattern` may match anywhere in it unless anchored.
    package static func string(
        minLength: Int? = nil, maxLength: Int? = nil, pattern: String? = nil, format: String? = nil
    ) -> JSONSchema {
        of(.string) {
            $0.minLength = minLength
            $0.maxLength = maxLength
            $0.pattern = pattern
            $0.format = format
        }
    }

    /// A whole number within inclusive bounds.
    package static func integer(minimum: Int64? = nil, maximum: Int64? = nil) -> JSONSchema {
        of(.integer) {
            $0.minimum = minimum.map(JSONValue.integer)
            $0.maximum = maximum.map(JSONValue.integer)
        }
    }

    /// A number within bounds.
    package static func number(
        minimum: Double? = nil, maximum: Double? = nil, exclusiveMinimum: Double? = nil,
        exclusiveMaximum: Double? = nil
    ) -> JSONSchema {
        of(.number) {
            $0.minimum = minimum.map(JSONValue.double)
            $0.maximum = maximum.map(JSONValue.double)
            $0.exclusiveMinimum = exclusiveMinimum.map(JSONValue.double)
            $0.exclusiveMaximum = exclusiveMaximum.map(JSONValue.double)
        }
    }

    /// One of these strings.
    package static func enumeration(_ values: [String]) -> JSONSchema {
        of(.string) { $0.enumeration = values.map(JSONValue.string) }
    }

    /// One of the raw values of a Swift enum.
    package static func enumeration<T: CaseIterable & RawRepresentable<String>>(_ type: T.Type) -> JSONSchema {
        enumeration(T.allCases.map(\.rawValue))
    }

    /// Exactly this value.
    package static func constant(_ value: JSONValue) -> JSONSchema { make { $0.constant = value } }

    /// An array.
    package static func array(
        of items: JSONSchema, minItems: Int? = nil, maxItems: Int? = nil, uniqueItems: Bool = false
    ) -> JSONSchema {
        of(.array) {
            $0.items = items
            $0.minItems = minItems
            $0.maxItems = maxItems
            $0.uniqueItems = uniqueItems
        }
    }

    /// An object with named fields, in that order.
    /// - Parameter closed: whether any other field is an error: right for inputs, where it is a misspelt one; say false
    ///   for outputs, so that a later version may add fields.
    package static func object(
        _ properties: KeyValuePairs<String, JSONSchema> = [:], required: [String] = [], closed: Bool = true
    ) -> JSONSchema {
        of(.object) {
            $0.properties = properties.map { .init(name: $0.key, schema: $0.value) }
            $0.required = required
            $0.additionalProperties = closed ? .nothing : nil
        }
    }

    /// An object whose keys are free and whose values are all of one schema.
    package static func map(
        of values: JSONSchema, minProperties: Int? = nil, maxProperties: Int? = nil
    ) -> JSONSchema {
        of(.object) {
            $0.additionalProperties = values
            $0.minProperties = minProperties
            $0.maxProperties = maxProperties
        }
    }

    package static func anyOf(_ schemas: [JSONSchema]) -> JSONSchema { make { $0.anyOf = schemas } }
    package static func oneOf(_ schemas: [JSONSchema]) -> JSONSchema { make { $0.oneOf = schemas } }
    package static func allOf(_ schemas: [JSONSchema]) -> JSONSchema { make { $0.allOf = schemas } }

    /// A definition of the outermost schema: `#/$defs/NAME`.
    package static func reference(_ name: String) -> JSONSchema {
        make { $0.reference = "#/$defs/" + JSONPointer.escape(name) }
    }

    private static func of(
        _ kind: JSONSchemaKeywords.Kind, _ change: (inout JSONSchemaKeywords) -> Void = { _ in }
    ) -> JSONSchema {
        make {
            $0.types = [kind]
            change(&$0)
        }
    }

    private static func make(_ change: (inout JSONSchemaKeywords) -> Void) -> JSONSchema {
        var keywords = JSONSchemaKeywords()
        change(&keywords)
        return JSONSchema(keywords)
    }
}

extension JSONSchema {
    /// This or null.
    package var nullable: JSONSchema {
        if !keywords.types.isEmpty, keywords.constant == nil {
            return with {
                if !$0.types.contains(.null) { $0.types.append(.null) }
                if let values = $0.enumeration, !values.contains(.null) { $0.enumeration = values + [.null] }
            }
        }
        return .anyOf([self, .null])
    }

    package func describe(_ text: String) -> JSONSchema { with { $0.description = text } }
    /// An object with more fields, after those that it has.
    package func adding(_ properties: KeyValuePairs<String, JSONSchema>, required: [String] = []) -> JSONSchema {
        with {
            $0.properties += properties.map { .init(name: $0.key, schema: $0.value) }
            $0.required += required
        }
    }

    package func title(_ text: String) -> JSONSchema { with { $0.title = text } }
    package func format(_ name: String) -> JSONSchema { with { $0.format = name } }

    /// What is taken where the value is absent. Documentation: validation fills nothing in.
    package func defaulting(to value: JSONValue) -> JSONSchema { with { $0.defaultValue = value } }

    package func examples(_ values: JSONValue...) -> JSONSchema { with { $0.examples = values } }

    /// Definitions that `.reference(name)` within this schema means. Only the outermost schema's count.
    package func defining(_ definitions: KeyValuePairs<String, JSONSchema>) -> JSONSchema {
        with { $0.definitions += definitions.map { .init(name: $0.key, schema: $0.value) } }
    }
}

/// The escapes of RFC 6901.
package enum JSONPointer {
    /// A name as one step of a pointer.
    package static func escape(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return String(
            name.flatMap { character -> String in
                switch character {
                case "~": "~0"
                case "/": "~1"
                default: String(character)
                }
            })
    }

    /// The name that one step of a pointer means.
    package static func unescape(_ step: some StringProtocol) -> String {
        guard step.utf8.contains(UInt8(ascii: "~")) else { return String(step) }
        var name = ""
        var tilde = false
        for character in step {
            switch (tilde, character) {
            case (true, "0"): name.append("~")
            case (true, "1"): name.append("/")
            case (true, _): name += "~\(character)"
            case (false, "~"): break
            case (false, _): name.append(character)
            }
            tilde = !tilde && character == "~"
        }
        return tilde ? name + "~" : name
    }
}
