import CallProtocol
import Formats

/// The common keywords of a schema made ready for values as they stand in a message: what it accepts is valid, and what
/// it does not may be valid all the same, for the whole validator to decide and to put into words.
struct QuickCheck: Sendable {
    private var kinds: Set<JSONNode.Kind>?
    private var numbers: NumberBounds?
    private var length: ClosedRange<Int>?
    private var pattern: JSONSchemaPattern?
    private var isTime = false
    private var texts: [[UInt8]]?
    private var items: JSONSchema?
    private var itemCount: ClosedRange<Int>?
    private var members = MemberCheck()

    /// nil where a keyword is there that only the whole validator knows.
    init?(_ words: JSONSchemaKeywords, pattern: JSONSchemaPattern?) {
        guard !words.refusesAll, words.constant == nil, words.exclusiveMinimum == nil, words.exclusiveMaximum == nil,
            words.multipleOf == nil, words.prefixItems.isEmpty, !words.uniqueItems, words.anyOf.isEmpty,
            words.oneOf.isEmpty, words.allOf.isEmpty, words.not == nil, words.condition == nil, words.reference == nil,
            words.contains == nil, words.unevaluatedItems == nil, words.patternProperties.isEmpty,
            words.propertyNames == nil, words.dependentRequired.isEmpty, words.dependentSchemas.isEmpty,
            words.unevaluatedProperties == nil,
            words.pattern == nil || pattern != nil, let members = MemberCheck(words)
        else { return nil }
        if !words.types.isEmpty { kinds = Set(words.types.flatMap(\.nodeKinds)) }
        if words.minimum != nil || words.maximum != nil { numbers = NumberBounds(words.minimum, words.maximum) }
        if let allowed = words.enumeration {
            let all = allowed.compactMap { $0.stringValue.map { Array($0.utf8) } }
            guard all.count == allowed.count else { return nil }
            texts = all
        }
        length = Self.range(words.minLength, words.maxLength)
        itemCount = Self.range(words.minItems, words.maxItems)
        self.pattern = pattern
        isTime = words.format == "date-time"
        items = words.items
        self.members = members
    }

    /// nil where nothing is bounded; bounds that nothing can meet are met by nothing here either.
    static func range(_ least: Int?, _ most: Int?) -> ClosedRange<Int>? {
        guard least != nil || most != nil else { return nil }
        let least = least ?? 0
        let most = most ?? .max
        return least <= most ? least...most : -1 ... -1
    }

    func accepts(_ node: JSONNode, depth: Int) -> Bool {
        let kind = node.kind
        guard depth < JSONLimits.deepest, kinds?.contains(kind) ?? true, texts == nil || kind == .string else {
            return false
        }
        switch kind {
        case .null, .boolean: return true
        case .integer, .real: return numbers?.contain(node) ?? true
        case .string: return acceptsText(node)
        case .array:
            if let itemCount, !itemCount.contains(node.count) { return false }
            guard let items else { return true }
            return node.allElements { items.surelyAccepts($0, depth: depth + 1) }
        case .object: return members.accept(node, depth: depth)
        }
    }

    private func acceptsText(_ node: JSONNode) -> Bool {
        if let texts, !texts.contains(where: node.says) { return false }
        if let length, !length.contains(node.scalarCount) { return false }
        guard pattern != nil || isTime else { return true }
        guard let text = node.string else { return false }
        return pattern?.matches(text) ?? true && (!isTime || RFC3339.isTime(text))
    }
}

/// `minimum` and `maximum`.
private struct NumberBounds: Sendable {
    /// nil where a bound is no whole number.
    private let integers: ClosedRange<Int64>?
    /// nil where a bound has no exact double.
    private let reals: ClosedRange<Double>?

    init(_ minimum: JSONValue?, _ maximum: JSONValue?) {
        let least = minimum.map(\.integerValue) ?? .min
        let most = maximum.map(\.integerValue) ?? .max
        integers = if let least, let most, least <= most { least...most } else { nil }
        let low = minimum.map(Self.exact) ?? -Double.infinity
        let high = maximum.map(Self.exact) ?? Double.infinity
        reals = if let low, let high, low <= high { low...high } else { nil }
    }

    private static func exact(_ bound: JSONValue) -> Double? {
        guard let whole = bound.integerValue else { return bound.doubleValue }
        return Double(exactly: whole)
    }

    func contain(_ node: JSONNode) -> Bool {
        if node.kind == .integer, let integers { return node.integer.map(integers.contains) ?? false }
        return node.kind == .real && (reals.flatMap { reals in node.real.map(reals.contains) } ?? false)
    }
}

/// What is asked of an object's members.
private struct MemberCheck: Sendable {
    private struct Property {
        var name: [UInt8]
        var isRequired: Bool
        var schema: JSONSchema
    }

    private var properties: [Property] = []
    private var required = 0
    private var others: JSONSchema?
    private var refusesOthers = false
    private var count: ClosedRange<Int>?

    init() {}

    /// nil where a member is required that is no property, which nobody writes.
    init?(_ words: JSONSchemaKeywords) {
        properties = words.properties.map { named in
            Property(
                name: Array(named.name.utf8), isRequired: words.required.contains(named.name), schema: named.schema)
        }
        required = properties.count(where: \.isRequired)
        guard required == words.required.count else { return nil }
        refusesOthers = words.additionalProperties?.keywords.refusesAll ?? false
        others = refusesOthers ? nil : words.additionalProperties
        count = QuickCheck.range(words.minProperties, words.maxProperties)
    }

    func accept(_ node: JSONNode, depth: Int) -> Bool {
        if let count, !count.contains(node.count) { return false }
        var missing = required
        // Members mostly stand in the order of the schema: the search goes on where the last one ended.
        var next = 0
        let areFit = node.allMembers { key, value in
            for _ in properties.indices {
                let place = next < properties.count ? next : 0
                next = place &+ 1
                guard key.says(properties[place].name) else { continue }
                if properties[place].isRequired { missing &-= 1 }
                return properties[place].schema.surelyAccepts(value, depth: depth + 1)
            }
            return !refusesOthers && (others?.surelyAccepts(value, depth: depth + 1) ?? true)
        }
        return areFit && missing == 0
    }
}

extension JSONSchemaKeywords.Kind {
    /// The kinds as which it can stand in a text; 3.0 for a whole number is left to the validator.
    fileprivate var nodeKinds: [JSONNode.Kind] {
        switch self {
        case .null: [.null]
        case .boolean: [.boolean]
        case .integer: [.integer]
        case .number: [.integer, .real]
        case .string: [.string]
        case .array: [.array]
        case .object: [.object]
        }
    }
}
