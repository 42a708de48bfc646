package import CallProtocol

/// The keywords of one schema. Absent ones are nil or empty; `Optional` schemas say "no such keyword".
package struct JSONSchemaKeywords: Sendable, Hashable {
    /// The values of `type`.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case null, boolean, integer, number, string, array, object
    }

    /// A named schema: a property or a definition.
    package struct Named: Sendable, Hashable {
        package var name: String
        package var schema: JSONSchema

        package init(name: String, schema: JSONSchema) {
            self.name = name
            self.schema = schema
        }
    }

    /// Fields that must be there where another one is.
    package struct Dependence: Sendable, Hashable {
        package var name: String
        package var required: [String]

        package init(name: String, required: [String]) {
            self.name = name
            self.required = required
        }
    }

    /// `if`, with what then counts and what otherwise.
    package struct Condition: Sendable, Hashable {
        package var test: JSONSchema
        package var then: JSONSchema?
        package var otherwise: JSONSchema?

        package init(test: JSONSchema, then: JSONSchema?, otherwise: JSONSchema?) {
            self.test = test
            self.then = then
            self.otherwise = otherwise
        }
    }

    /// `false` as a schema: nothing is valid.
    package var refusesAll = false
    /// Kinds allowed; empty for all.
    package var types: [Kind] = []

    package var title: String?
    package var description: String?
    package var defaultValue: JSONValue?
    package var examples: [JSONValue] = []

    package var constant: JSONValue?
    /// Values allowed; nil for no `enum`.
    package var enumeration: [JSONValue]?

    /// Bounds of numbers; each a number.
    package var minimum: JSONValue?
    package var maximum: JSONValue?
    package var exclusiveMinimum: JSONValue?
    package var exclusiveMaximum: JSONValue?
    package var multipleOf: JSONValue?

    /// Bounds of a string in Unicode scalars.
    package var minLength: Int?
    package var maxLength: Int?
    package var pattern: String?
    package var format: String?

    package var items: JSONSchema?
    package var contains: JSONSchema?
    package var minContains: Int?
    package var maxContains: Int?
    package var unevaluatedItems: JSONSchema?
    package var prefixItems: [JSONSchema] = []
    package var minItems: Int?
    package var maxItems: Int?
    package var uniqueItems = false

    package var properties: [Named] = []
    package var required: [String] = []
    package var additionalProperties: JSONSchema?
    /// Named by their patterns.
    package var patternProperties: [Named] = []
    package var propertyNames: JSONSchema?
    package var dependentRequired: [Dependence] = []
    package var dependentSchemas: [Named] = []
    package var unevaluatedProperties: JSONSchema?
    package var minProperties: Int?
    package var maxProperties: Int?

    package var anyOf: [JSONSchema] = []
    package var oneOf: [JSONSchema] = []
    package var allOf: [JSONSchema] = []
    package var not: JSONSchema?
    package var condition: Condition?

    /// `#` or `#/$defs/NAME`.
    package var reference: String?
    package var definitions: [Named] = []

    /// Keywords not known here, as they came.
    package var others = JSONObject()

    package init() {}
}
