import CallProtocol
import TestKit

@testable import Operations

/// Proves by example that a Swift type and a schema say the same.
///
/// - Samples of the schema, minimal and full, decode into the type.
/// - What the type encodes of them is valid by the schema and loses no field that the schema names.
/// - The fields the type asks for are the schema's properties, and those it demands are the required ones, in every
///   object of both, as far as objects are named by `properties`, `items`, `additionalProperties` and `$ref`.
enum SchemaAgreement {
    /// Samples of each size.
    private static let rounds = 24

    /// Thrown by ``check(_:_:)``.
    struct Disagreement: Error, Sendable, CustomStringConvertible {
        /// What differs, a sentence each.
        var sentences: [String]

        var description: String { sentences.joined(separator: "\n") }
    }

    /// Checks that they agree.
    /// - Throws: ``Disagreement`` where they do not.
    static func check<T: Codable>(_ type: T.Type, _ schema: JSONSchema) throws {
        let sentences = differences(type, schema)
        guard sentences.isEmpty else { throw Disagreement(sentences: sentences) }
    }

    /// What differs between them, a sentence each; empty where they agree.
    static func differences<T: Codable>(_ type: T.Type, _ schema: JSONSchema) -> [String] {
        var found: [String] = []
        func note(_ sentence: String) {
            if !found.contains(sentence), found.count < 40 { found.append(sentence) }
        }
        let fields = FieldTrace()
        var generator = SeededRandom(seed: 2026)
        for round in 0..<rounds * 2 {
            let sample = schema.sample(using: &generator, minimal: round < rounds)
            if let violation = schema.validate(sample).first {
                note("a sample of the schema is not valid by it, give it examples: \(violation)")
                continue
            }
            do {
                let value = try fields.decode(type, from: sample)
                let again = try JSONCoding.value(of: value)
                for violation in schema.validate(again) {
                    note("\(type) encodes what its schema refuses: \(violation)")
                }
                for path in lost(sample, again) { note("\(type) loses the field `\(path)`, which its schema has") }
            } catch let error as DecodingError {
                note("\(type) refuses what its schema allows: \(JSONCoding.sentence(error))")
            } catch {
                note("\(type) refuses what its schema allows: \(error)")
            }
        }
        for sentence in compare(fields, schema, type) { note(sentence) }
        return found
    }

    /// Members of the sample that are not null and not there after a round trip.
    private static func lost(_ sample: JSONValue, _ again: JSONValue, _ path: String = "") -> [String] {
        switch (sample, again) {
        case (.object(let before), .object(let after)):
            before.flatMap { member -> [String] in
                let field = path.isEmpty ? member.key : "\(path).\(member.key)"
                guard let kept = after[member.key] else { return member.value.isNull ? [] : [field] }
                return lost(member.value, kept, field)
            }
        case (.array(let before), .array(let after)):
            zip(before, after).flatMap { lost($0, $1, path + "[]") }
        default:
            []
        }
    }

    /// The fields asked for against the properties, object by object.
    private static func compare(_ trace: FieldTrace, _ schema: JSONSchema, _ type: any Any.Type) -> [String] {
        var sentences: [String] = []
        for (path, fields) in trace.objects.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let here = objects(at: path[...], of: schema, root: schema)
            // With branches a field may belong to one of them only; samples alone judge those.
            guard here.count == 1, let words = here.first?.keywords, !words.properties.isEmpty || isClosed(words)
            else { continue }
            let place = path.reduce("") { $0.isEmpty || $1 == FieldTrace.element ? $0 + $1 : "\($0).\($1)" }
            func name(_ field: String) -> String { place.isEmpty ? field : "\(place).\(field)" }
            for field in fields.asked.sorted() where !words.properties.contains(where: { $0.name == field }) {
                sentences.append("\(type) reads the field `\(name(field))`, which its schema has not")
            }
            for property in words.properties {
                let field = property.name
                if !fields.asked.contains(field) {
                    sentences.append("the schema has the field `\(name(field))`, which \(type) never reads")
                } else if fields.demanded.contains(field), !words.required.contains(field) {
                    sentences.append("\(type) demands the field `\(name(field))`, which its schema leaves optional")
                } else if !fields.demanded.contains(field), words.required.contains(field) {
                    sentences.append("the schema requires the field `\(name(field))`, which \(type) leaves optional")
                }
            }
        }
        return sentences
    }

    private static func isClosed(_ words: JSONSchemaKeywords) -> Bool {
        words.types == [.object] && words.additionalProperties?.keywords.refusesAll == true
    }

    /// The object schemas a path of the trace leads to; more than one where there are branches.
    private static func objects(at path: ArraySlice<String>, of schema: JSONSchema, root: JSONSchema) -> [JSONSchema] {
        let schema = root.resolved(schema)
        let words = schema.keywords
        let branches = words.anyOf + words.oneOf + words.allOf
        if !branches.isEmpty {
            // A branch that is only null says nothing about fields.
            let real = branches.filter { root.resolved($0).keywords.types != [.null] }
            let inner = real.flatMap { objects(at: path, of: $0, root: root) }
            return words.properties.isEmpty ? inner : inner + [schema]
        }
        guard let step = path.first else { return words.types.contains(.object) ? [schema] : [] }
        let rest = path.dropFirst()
        if step == FieldTrace.element {
            return (words.prefixItems + [words.items].compactMap(\.self)).flatMap {
                objects(at: rest, of: $0, root: root)
            }
        }
        if step != FieldTrace.entry, let property = schema.property(step) {
            return objects(at: rest, of: property, root: root)
        }
        return words.additionalProperties.map { objects(at: rest, of: $0, root: root) } ?? []
    }
}
