package import CallProtocol

/// A JSON Schema (2020-12, the part the product uses) as a value: built in Swift, written as JSON, read back.
///
/// ```swift
/// .object(["name": .string(minLength: 1).describe("What to call it"), "cpus": .number(minimum: 0)], required: ["name"])
/// ```
/// Keywords not known here are kept and written again, and assert nothing.
package struct JSONSchema: Sendable {
    /// Copies share the keywords, and a schema may hold others, so they live in a box that never changes.
    private final class Box: Sendable {
        let keywords: JSONSchemaKeywords
        let pattern: JSONSchemaPattern?
        let quick: QuickCheck?
        /// Where a property stands, for objects with many; and a definition.
        let places: [String: Int]?
        let definitions: [String: Int]
        /// Of `patternProperties`, in their order; nil for one that is not checked.
        let patterns: [JSONSchemaPattern?]

        init(_ keywords: JSONSchemaKeywords) {
            self.keywords = keywords
            pattern = keywords.pattern.flatMap(JSONSchemaPattern.init)
            quick = QuickCheck(keywords, pattern: pattern)
            places =
                keywords.properties.count > 12
                ? Dictionary(
                    keywords.properties.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
                : nil
            patterns = keywords.patternProperties.map { JSONSchemaPattern($0.name) }
            definitions = Dictionary(
                keywords.definitions.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private let box: Box

    /// A schema of these keywords.
    package init(_ keywords: JSONSchemaKeywords = JSONSchemaKeywords()) {
        box = Box(keywords)
    }

    /// What the schema says.
    package var keywords: JSONSchemaKeywords { box.keywords }

    /// The pattern ready to use, where there is one that is checked.
    var pattern: JSONSchemaPattern? { box.pattern }

    /// Whether the value is valid at a first look. Where it is not, ``validate(_:)`` has the last word.
    package func surelyAccepts(_ node: JSONNode) -> Bool { surelyAccepts(node, depth: 0) }

    func surelyAccepts(_ node: JSONNode, depth: Int) -> Bool { box.quick?.accepts(node, depth: depth) ?? false }

    /// The schema of a property named in `properties`, or nil.
    package func property(_ name: String) -> JSONSchema? {
        if let places = box.places { return places[name].map { keywords.properties[$0].schema } }
        return keywords.properties.first { $0.name == name }?.schema
    }

    /// The schemas of `patternProperties` whose pattern a name has; nil where one of them cannot be checked.
    func patternProperties(_ name: String) -> [JSONSchema]? {
        guard box.patterns.allSatisfy({ $0?.isUsable == true }) else { return nil }
        return zip(box.patterns, keywords.patternProperties).compactMap { pattern, named in
            pattern?.matches(name) == true ? named.schema : nil
        }
    }

    /// The schema of a definition in `$defs`, or nil.
    package func definition(_ name: String) -> JSONSchema? {
        box.definitions[name].map { keywords.definitions[$0].schema }
    }

    /// A copy with changed keywords.
    package func with(_ change: (inout JSONSchemaKeywords) -> Void) -> JSONSchema {
        var keywords = box.keywords
        change(&keywords)
        return JSONSchema(keywords)
    }
}

extension JSONSchema: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.box === right.box || left.keywords == right.keywords
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(keywords)
    }
}

extension JSONSchema: Codable {
    package init(from decoder: any Decoder) throws {
        do {
            try self.init(json: JSONValue(from: decoder))
        } catch let error as JSONSchemaError {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: error.description, underlyingError: error))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try json.encode(to: encoder)
    }
}

/// JSON that is no schema: which keyword, at which JSON Pointer, and why.
package struct JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    package var pointer: String
    package var reason: String

    package init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }

    package var description: String { "schema at \(pointer.isEmpty ? "its root" : pointer): \(reason)" }
}
