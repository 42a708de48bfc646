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
