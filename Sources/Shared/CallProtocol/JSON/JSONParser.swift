package import NIOCore

/// Reads JSON text by RFC 8259, strictly.
///
/// Refused beyond what the grammar refuses: bytes that are not UTF-8, half surrogates, a key twice in one object
/// (two readers might take different ones), numbers no double can hold, and more than ``JSONLimits`` allow.
/// The whole of the bytes must be one value, with white space around it at most. Nothing traps on any input.
package enum JSONParser {
    /// The value in the readable bytes.
    package static func parse(
        _ buffer: ByteBuffer, limits: JSONLimits = .standard
    ) throws(JSONParseError) -> JSONValue {
        try JSONTape(parsing: buffer, limits: limits).value(0)
    }

    /// The value in the bytes.
    package static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONParseError) -> JSONValue {
        try parse(ByteBuffer(bytes: bytes), limits: limits)
    }

    /// The value in the text.
    package static func parse(_ text: String, limits: JSONLimits = .standard) throws(JSONParseError) -> JSONValue {
        try parse(ByteBuffer(string: text), limits: limits)
    }
}

extension JSONTape {
    /// The value at an entry with all it holds. Recursion is bounded by the depth the tape was read with.
    func value(_ index: Int) throws(JSONParseError) -> JSONValue {
        let token = tokens[index]
        switch token.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .string, .key: return .string(string(token))
        case .integer:
            if let whole = withBytes(token, { JSONNumber.integer($0, as: Int64.self) }) { return .integer(whole) }
            return .double(try double(token))
        case .real:
            return .double(try double(token))
        case .array:
            var elements: [JSONValue] = []
            var place = index + 1
            while place < Int(token.next) {
                elements.append(try value(place))
                place = after(place)
            }
            return .array(elements)
        case .object:
            var members: [JSONObject.Member] = []
            var place = index + 1
            while place < Int(token.next) {
                members.append(JSONObject.Member(key: string(tokens[place]), value: try value(place + 1)))
                place = after(place + 1)
            }
            return .object(JSONObject(distinct: members))
        }
    }

    private func double(_ token: JSONToken) throws(JSONParseError) -> Double {
        guard let value = withBytes(token, JSONNumber.double) else {
            throw JSONParseError(offset: Int(token.offset), reason: .numberOutOfRange)
        }
        return value
    }
}
