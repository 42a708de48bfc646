import CallProtocol
import TestKit

@testable import Operations

extension JSONSchema {
    /// A value that is valid by this schema, for tests: the same generator gives the same values.
    /// - Parameter minimal: only what is required, as short as allowed; else every field, and more elements.
    ///
    /// `pattern`, `not`, `multipleOf` and branches that contradict what stands beside them are not solved: where a
    /// schema has them, give it `examples`, which are taken first. Recursion ends as soon as the schema lets it.
    func sample(using generator: inout some RandomNumberGenerator, minimal: Bool) -> JSONValue {
        JSONSchemaSampler(root: self, minimal: minimal).sample(self, depth: 0, using: &generator)
    }
}

/// Makes values by a schema.
private struct JSONSchemaSampler {
    /// From here on only what must be is made, so that recursive schemas end.
    private static let soft = 6
    /// From here on null is given for anything; only schemas that no finite value fits get here.
    private static let hard = 48

    let root: JSONSchema
    let minimal: Bool

    func sample(_ schema: JSONSchema, depth: Int, using generator: inout some RandomNumberGenerator) -> JSONValue {
        guard depth < Self.hard else { return .null }
        let words = folded(schema.keywords, depth: depth)
        if let constant = words.constant { return constant }
        if let values = words.enumeration, let value = values.randomElement(using: &generator) { return value }
        if let example = words.examples.randomElement(using: &generator) { return example }
        let branches = words.anyOf + words.oneOf
        guard !branches.isEmpty else { return sample(words, depth: depth, using: &generator) }
        let branch = choose(branches, depth: depth, using: &generator)
        let value = sample(branch, depth: depth + 1, using: &generator)
        guard words.types == [.object] || !words.properties.isEmpty else { return value }
        return Self.merge(value, sample(words, depth: depth, using: &generator))
    }

    /// The keywords with those of `$ref` and `allOf` among them: the narrower of two bounds, all fields of both.
    private func folded(_ words: JSONSchemaKeywords, depth: Int) -> JSONSchemaKeywords {
        var parts = words.allOf
        if let reference = words.reference, let target = root.resolve(reference) { parts.insert(target, at: 0) }
        guard !parts.isEmpty, depth < Self.hard else { return words }
        var words = words
        words.allOf = []
        words.reference = nil
        for part in parts { words.narrow(by: folded(part.keywords, depth: depth + 8)) }
        return words
    }

    private static func merge(_ one: JSONValue, _ other: JSONValue) -> JSONValue {
        guard var members = one.objectValue, let more = other.objectValue else { return other }
        for member in more { members[member.key] = member.value }
        return .object(members)
    }

    /// Any branch; deep down the first that is null or a scalar, so that recursion ends.
    private func choose(
        _ branches: [JSONSchema], depth: Int, using generator: inout some RandomNumberGenerator
    ) -> JSONSchema {
        let simple = branches.first { branch in
            let words = root.resolved(branch).keywords
            return words.constant != nil || words.enumeration != nil
                || words.types.contains { $0 != .object && $0 != .array }
        }
        if depth >= Self.soft, let simple { return simple }
        return branches.randomElement(using: &generator) ?? .any
    }

    private func sample(
        _ words: JSONSchemaKeywords, depth: Int, using generator: inout some RandomNumberGenerator
    ) -> JSONValue {
        let sparse = minimal || depth >= Self.soft
        let kinds = words.types.isEmpty ? implied(words) : words.types
        let fallback: JSONSchemaKeywords.Kind = kinds.contains(.null) ? .null : kinds.first ?? .null
        switch sparse ? fallback : kinds.randomElement(using: &generator) ?? .null {
        case .null: return .null
        case .boolean: return .bool(Bool.random(using: &generator))
        case .integer: return .integer(integer(words, using: &generator))
        case .number: return number(words, using: &generator)
        case .string: return .string(string(words, sparse: sparse, using: &generator))
        case .array: return array(words, sparse: sparse, depth: depth, using: &generator)
        case .object: return object(words, sparse: sparse, depth: depth, using: &generator)
        }
    }

    /// What a schema without `type` is most likely to mean.
    private func implied(_ words: JSONSchemaKeywords) -> [JSONSchemaKeywords.Kind] {
        if !words.properties.isEmpty || words.additionalProperties != nil { return [.object] }
        if words.items != nil { return [.array] }
        if words.minLength != nil || words.pattern != nil || words.format != nil { return [.string] }
        if words.minimum != nil || words.maximum != nil { return [.number] }
        return JSONSchemaKeywords.Kind.allCases
    }

    private func integer(_ words: JSONSchemaKeywords, using generator: inout some RandomNumberGenerator) -> Int64 {
        func whole(_ bound: JSONValue?, _ rule: FloatingPointRoundingRule) -> Int64? {
            bound?.integerValue ?? bound?.doubleValue.flatMap { Int64(exactly: $0.rounded(rule)) }
        }
        var low = whole(words.minimum, .up)
        var high = whole(words.maximum, .down)
        if let bound = whole(words.exclusiveMinimum, .down), bound < .max { low = max(low ?? .min, bound + 1) }
        if let bound = whole(words.exclusiveMaximum, .up), bound > .min { high = min(high ?? .max, bound - 1) }
        let range = Self.range(low, high)
        return Int64.random(in: range, using: &generator)
    }

    /// The bounds; a missing one a thousand from the other.
    private static func range(_ low: Int64?, _ high: Int64?) -> ClosedRange<Int64> {
        switch (low, high) {
        case (let low?, let high?): low...max(low, high)
        case (let low?, nil): low...(low > .max - 1000 ? .max : low + 1000)
        case (nil, let high?): (high < .min + 1000 ? .min : high - 1000)...high
        case (nil, nil): -1000...1000
        }
    }

    private func number(_ words: JSONSchemaKeywords, using generator: inout some RandomNumberGenerator) -> JSONValue {
        let exclusiveLow = words.exclusiveMinimum?.doubleValue
        let exclusiveHigh = words.exclusiveMaximum?.doubleValue
        let low = words.minimum?.doubleValue ?? exclusiveLow
        let high = words.maximum?.doubleValue ?? exclusiveHigh
        let from = low ?? (high.map { $0 - 1000 } ?? -1000)
        let to = max(from, high ?? from + 1000)
        // Eighths are exact in a double, and strictly within the bounds where there is room.
        let eighth = Double(Int.random(in: 1...7, using: &generator)) / 8
        return .double(from + (to - from) * eighth)
    }

    private func string(
        _ words: JSONSchemaKeywords, sparse: Bool, using generator: inout some RandomNumberGenerator
    ) -> String {
        switch words.format {
        case "date-time": return "2026-01-31T12:00:0\(Int.random(in: 0...9, using: &generator))Z"
        case "date": return "2026-01-31"
        case "uri", "url": return "https://example.com/\(Int.random(in: 0...99, using: &generator))"
        case "uuid": return "123e4567-e89b-42d3-a456-42661417400\(Int.random(in: 0...9, using: &generator))"
        case "email": return "someone@example.com"
        case "ipv4": return "192.0.2.\(Int.random(in: 1...254, using: &generator))"
        default: break
        }
        let least = words.minLength ?? 0
        let most = max(least, min(words.maxLength ?? least + 12, least + 12))
        let length = sparse ? least : Int.random(in: least...most, using: &generator)
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<length).map { _ in letters.randomElement(using: &generator) ?? "a" })
    }

    private func array(
        _ words: JSONSchemaKeywords, sparse: Bool, depth: Int, using generator: inout some RandomNumberGenerator
    ) -> JSONValue {
        let least = words.minItems ?? 0
        let wanted = sparse ? least : max(least, min(words.maxItems ?? least + 2, least + 2))
        var elements: [JSONValue] = []
        // A few tries more than elements, for those that would stand there twice.
        for _ in 0..<wanted * 4 where elements.count < wanted {
            let schema = elements.count < words.prefixItems.count ? words.prefixItems[elements.count] : words.items
            let element = sample(schema ?? .any, depth: depth + 1, using: &generator)
            if words.uniqueItems, elements.contains(element) { continue }
            elements.append(element)
        }
        return .array(elements)
    }

    private func object(
        _ words: JSONSchemaKeywords, sparse: Bool, depth: Int, using generator: inout some RandomNumberGenerator
    ) -> JSONValue {
        var members = JSONObject()
        for property in words.properties where !sparse || words.required.contains(property.name) {
            if property.schema.keywords.refusesAll { continue }
            members[property.name] = sample(property.schema, depth: depth + 1, using: &generator)
        }
        for name in words.required where members[name] == nil {
            members[name] = sample(words.additionalProperties ?? .any, depth: depth + 1, using: &generator)
        }
        let least = words.minProperties ?? 0
        if let more = words.additionalProperties, !more.keywords.refusesAll {
            let wanted = max(least, sparse ? 0 : min(words.maxProperties ?? .max, members.count + 2))
            for number in 0..<wanted where members.count < wanted {
                members["key\(number)"] = sample(more, depth: depth + 1, using: &generator)
            }
        }
        return .object(members)
    }
}

extension JSONSchemaKeywords {
    /// Takes the other's demands as well, as far as samples are made of them.
    fileprivate mutating func narrow(by other: JSONSchemaKeywords) {
        func larger(_ one: JSONValue?, _ two: JSONValue?) -> JSONValue? {
            guard let one, let two else { return one ?? two }
            return one.compared(to: two) ?? 0 < 0 ? two : one
        }
        func smaller(_ one: JSONValue?, _ two: JSONValue?) -> JSONValue? {
            guard let one, let two else { return one ?? two }
            return one.compared(to: two) ?? 0 > 0 ? two : one
        }
        func larger(_ one: Int?, _ two: Int?) -> Int? { [one, two].compactMap(\.self).max() }
        func smaller(_ one: Int?, _ two: Int?) -> Int? { [one, two].compactMap(\.self).min() }
        if types.isEmpty {
            types = other.types
        } else if !other.types.isEmpty {
            types.removeAll { !other.types.contains($0) }
        }
        if let mine = enumeration { enumeration = mine.filter { other.enumeration?.contains($0) ?? true } }
        enumeration = enumeration ?? other.enumeration
        constant = constant ?? other.constant
        examples += other.examples
        minimum = larger(minimum, other.minimum)
        maximum = smaller(maximum, other.maximum)
        exclusiveMinimum = larger(exclusiveMinimum, other.exclusiveMinimum)
        exclusiveMaximum = smaller(exclusiveMaximum, other.exclusiveMaximum)
        minLength = larger(minLength, other.minLength)
        maxLength = smaller(maxLength, other.maxLength)
        format = format ?? other.format
        items = items ?? other.items
        if prefixItems.isEmpty { prefixItems = other.prefixItems }
        minItems = larger(minItems, other.minItems)
        maxItems = smaller(maxItems, other.maxItems)
        uniqueItems = uniqueItems || other.uniqueItems
        let names = Set(properties.map(\.name))
        properties += other.properties.filter { !names.contains($0.name) }
        required += other.required.filter { !required.contains($0) }
        additionalProperties = additionalProperties ?? other.additionalProperties
        minProperties = larger(minProperties, other.minProperties)
        maxProperties = smaller(maxProperties, other.maxProperties)
        if anyOf.isEmpty { anyOf = other.anyOf }
        if oneOf.isEmpty { oneOf = other.oneOf }
    }
}
