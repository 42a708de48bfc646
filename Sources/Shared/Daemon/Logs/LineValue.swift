/// A value in a line of JSON: of a log line's metadata or of an announcement.
package enum LineValue: Hashable, Sendable {
    case string(String)
    case integer(Int64)
    case number(Double)
    case bool(Bool)
    case null
    case array([LineValue])
    case object([String: LineValue])
}

extension LineValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) {
        self = .string(value)
    }

    package init(integerLiteral value: Int64) {
        self = .integer(value)
    }

    package init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    package init(nilLiteral: ()) {
        self = .null
    }
}

extension LineValue: ExpressibleByStringInterpolation {
    /// The text, or null where there is none.
    package init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    /// The number, whatever its width; what Int64 cannot hold is clamped.
    package init(_ number: some BinaryInteger) {
        self = .integer(Int64(clamping: number))
    }
}
