import CallProtocol
import Formats
import Operations

/// The fields of one object of a mapping, taken out one by one; what is left over at the end is unknown.
struct MappingFields {
    private let place: String
    private var members: JSONObject
    private var known: [String] = []

    init(_ value: JSONValue, at place: String) throws(CallError) {
        guard let members = value.objectValue else {
            throw Self.wrong(place, "must be an object, found \(value.kind.phrase)")
        }
        self.place = place
        self.members = members
    }

    static func wrong(_ place: String, _ reason: String) -> CallError {
        CallError(.invalidInput, "\(place): \(reason)")
    }

    /// To be called when all known fields are taken.
    func finish() throws(CallError) {
        guard let first = members.keys.first else { return }
        let hint = NearestName.to(first, among: known).map { "; did you mean `\($0)`?" } ?? ""
        throw Self.wrong(place, "unknown key `\(first.prefix(64))`\(hint); known are \(known.joined(separator: ", "))")
    }

    mutating func text(_ key: String) throws(CallError) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.stringValue, !text.isEmpty else { throw Self.wrong("\(place).\(key)", "must be a text") }
        return text
    }

    /// A JSON Pointer; an empty one is the whole.
    mutating func pointer(_ key: String) throws(CallError) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.stringValue else { throw Self.wrong("\(place).\(key)", "must be a JSON Pointer") }
        return text
    }

    /// - Throws: where the field is not there.
    func need<Value>(_ key: String, _ value: Value?) throws(CallError) -> Value {
        guard let value else { throw Self.wrong("\(place).\(key)", "is required and missing") }
        return value
    }

    /// - Parameter names: what the expression may begin paths with.
    mutating func expression(_ key: String, names: Set<String>) throws(CallError) -> Expression? {
        guard let value = take(key) else { return nil }
        return try Self.expression(value, at: "\(place).\(key)", names: names)
    }

    static func expression(
        _ value: JSONValue, at place: String, names: Set<String>
    ) throws(CallError) -> Expression {
        let text: String
        switch value {
        case .string(let written): text = written
        // YAML's own numbers and truth values are expressions as they stand.
        case .bool, .integer, .double: text = value.description
        default: throw wrong(place, "must be an expression, found \(value.kind.phrase)")
        }
        let expression: Expression
        do throws(ExpressionError) { expression = try Expression(text) } catch {
            throw wrong(place, "`\(text.prefix(100))`: \(error)")
        }
        try check(expression.names, names, at: place)
        return expression
    }

    mutating func template(_ key: String, names: Set<String>) throws(CallError) -> Template? {
        guard let value = take(key) else { return nil }
        guard value.objectValue != nil else {
            throw Self.wrong("\(place).\(key)", "must be an object, found \(value.kind.phrase)")
        }
        let template: Template
        do throws(ExpressionError) { template = try Template(value) } catch {
            throw Self.wrong("\(place).\(key)", error.reason)
        }
        try Self.check(template.names, names, at: "\(place).\(key)")
        return template
    }

    private static func check(_ used: Set<String>, _ known: Set<String>, at place: String) throws(CallError) {
        guard let first = used.subtracting(known).min() else { return }
        let hint = NearestName.to(first, among: known.sorted()).map { "; did you mean `\($0)`?" } ?? ""
        throw wrong(
            place, "there is no `\(first.prefix(64))` here\(hint); known are \(known.sorted().joined(separator: ", "))")
    }

    /// One of the words of an enumeration.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Word.Type
    ) throws(CallError) -> Word? {
        guard let text = try text(key) else { return nil }
        guard let word = Word(rawValue: text) else { throw Self.unknown(text, Word.self, at: "\(place).\(key)") }
        return word
    }

    static func unknown<Word: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ type: Word.Type, at place: String
    ) -> CallError {
        let known = Word.allCases.map(\.rawValue)
        return wrong(place, "`\(text.prefix(64))` is none of \(known.joined(separator: ", "))")
    }

    /// The object of that key; nil where there is none.
    mutating func object(_ key: String) throws(CallError) -> MappingFields? {
        guard let value = take(key) else { return nil }
        return try MappingFields(value, at: "\(place).\(key)")
    }

    /// The objects of a list, or the one that stands there alone.
    mutating func list(_ key: String) throws(CallError) -> [MappingFields] {
        guard let value = take(key) else { return [] }
        guard let elements = value.arrayValue else { return [try MappingFields(value, at: "\(place).\(key)")] }
        var found: [MappingFields] = []
        for (index, element) in elements.enumerated() {
            found.append(try MappingFields(element, at: "\(place).\(key)[\(index)]"))
        }
        return found
    }

    mutating func bool(_ key: String) throws(CallError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let truth = value.boolValue else { throw Self.wrong("\(place).\(key)", "must be true or false") }
        return truth
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(CallError) -> Int? {
        guard let value = take(key) else { return nil }
        guard let whole = value.integerValue.flatMap({ Int(exactly: $0) }), range.contains(whole) else {
            throw Self.wrong(
                "\(place).\(key)", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    mutating func texts(_ key: String) throws(CallError) -> [String] {
        guard let value = take(key) else { return [] }
        let texts = (value.arrayValue ?? [value]).compactMap(\.stringValue)
        guard texts.count == value.arrayValue?.count ?? 1 else {
            throw Self.wrong("\(place).\(key)", "must be a list of texts")
        }
        return texts
    }

    mutating func pairs(_ key: String) throws(CallError) -> [(String, String)] {
        var found: [(String, String)] = []
        for (name, value) in try objects(key) {
            guard let text = value.stringValue else {
                throw Self.wrong("\(place).\(key).\(name)", "must be a text, such as 5s")
            }
            found.append((name, text))
        }
        return found
    }

    mutating func objects(_ key: String) throws(CallError) -> [(String, JSONValue)] {
        guard let value = take(key) else { return [] }
        guard let members = value.objectValue else { throw Self.wrong("\(place).\(key)", "must be an object") }
        return members.map { ($0.key, $0.value) }
    }

    static func duration(_ text: String, at place: String) throws(CallError) -> Duration {
        guard let duration = try? DurationText.parse(text), duration >= .zero, duration <= .seconds(3_600) else {
            throw wrong(place, "`\(text.prefix(64))` is no time up to an hour, such as 5s")
        }
        return duration
    }

    private mutating func take(_ key: String) -> JSONValue? {
        known.append(key)
        guard let value = members[key] else { return nil }
        members[key] = nil
        return value.isNull ? nil : value
    }
}
