extension JSONCoding {
    /// A decoding error in words: the path of the field ("env.PATH", "args[2]", empty for the whole value) and what is
    /// wrong with it ("expected a string, found a number"), without a full stop.
    package static func describe(_ error: DecodingError) -> (path: String, reason: String) {
        switch error {
        case .keyNotFound(let key, let context):
            (path(context.codingPath + [key]), "is required and missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (path(context.codingPath), context.debugDescription)
        @unknown default:
            ("", "\(error)")
        }
    }

    /// ``describe(_:)-(DecodingError)`` as one sentence: "env.PATH: expected a string, found a number".
    package static func sentence(_ error: DecodingError) -> String {
        let (path, reason) = describe(error)
        return path.isEmpty ? reason : "\(path): \(reason)"
    }

    /// A coding path as text: names joined by points, places in brackets.
    package static func path(_ keys: [any CodingKey]) -> String {
        var text = ""
        for key in keys {
            if let place = key.intValue {
                text += "[\(place)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text
    }
}
