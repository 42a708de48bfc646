import CallProtocol

/// What an answer that is no success says of itself.
enum ErrorBody {
    /// Bytes of it that are kept.
    static let longest = 16 << 10

    /// The body for an error's details: JSON where it is, else text, cut at ``longest``.
    static func shown(_ body: [UInt8]) -> JSONValue {
        if body.count <= longest, let value = try? JSONParser.parse(body) { return value }
        return .string(String(decoding: body.prefix(longest), as: UTF8.self))
    }

    /// In one line; nil where it says nothing that people can read.
    static func message(_ body: [UInt8], _ mediaType: String) -> String? {
        let text: String?
        if let value = try? JSONParser.parse(Array(body.prefix(longest))) {
            text = message(in: value, depth: 0)
        } else if mediaType == "text/html" {
            text = nil
        } else {
            text = String(decoding: body.prefix(longest), as: UTF8.self)
        }
        guard let line = text?.split(whereSeparator: \.isNewline).joined(separator: " ") else { return nil }
        let clean = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        let short = String(String.UnicodeScalarView(clean)).prefix(500)
        return short.allSatisfy(\.isWhitespace) ? nil : String(short)
    }

    /// RFC 9457's `detail` and `title`, and where else APIs put their reason.
    private static func message(in value: JSONValue, depth: Int) -> String? {
        guard depth < 4 else { return nil }
        if let text = value.stringValue { return text }
        if let elements = value.arrayValue {
            let parts = elements.prefix(3).compactMap { message(in: $0, depth: depth + 1) }
            return parts.isEmpty ? nil : parts.joined(separator: "; ")
        }
        for key in ["detail", "message", "msg", "error_description", "title", "error", "errors", "reason"] {
            if let found = value[key].flatMap({ message(in: $0, depth: depth + 1) }), !found.isEmpty { return found }
        }
        return nil
    }
}
