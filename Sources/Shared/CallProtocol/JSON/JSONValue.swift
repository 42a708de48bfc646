import NIOCore

/// Any JSON value.
///
/// Whole numbers that fit are `integer`; other numbers, and whole ones beyond `Int64`, are `double`. A number is equal
/// to another when both mean the same quantity, so `.integer(3) == .double(3)`. Strings are equal when their bytes are.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// What a JSON value is, by the names JSON Schema and our messages use.
    package enum Kind: String, Sendable, CaseIterable {
        case null, boolean, integer, number, string, array, object

        /// The kind with its article, for sentences: "a string", "an object", "null".
        package var phrase: String {
            switch self {
            case .null: "null"
            case .integer, .array, .object: "an \(rawValue)"
            case .boolean, .number, .string: "a \(rawValue)"
            }
        }
    }

    /// The kind of this value; a double with no fraction is still a `number` here.
    package var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .integer: .integer
        case .double: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// Whether this is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value, or nil for any other kind.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, also of a double that has no fraction and fits; else nil.
    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number as a double (nearest), or nil for any other kind.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The string, or nil for any other kind.
    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, or nil for any other kind.
    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or nil for any other kind.
    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of that name, or nil where this is no object or has none.
    /// Setting on anything but an object first makes it an empty object; setting nil removes.
    package subscript(key: String) -> JSONValue? {
        get {
            if case .object(let members) = self { members[key] } else { nil }
        }
        set {
            var members = objectValue ?? JSONObject()
            // Let go of the old value first, so that the members are changed in place and not copied.
            self = .null
            members[key] = newValue
            self = .object(members)
        }
    }

    /// The element at that place, or nil where this is no array or is shorter.
    package subscript(place: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(place) else { return nil }
        return elements[place]
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text; a number that JSON cannot carry shows as null.
    package var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(buffer: writer.buffer)
    }
}
