package import Operations

/// What a request may carry as its body.
package struct RequestBody: Sendable {
    package var isRequired: Bool
    /// The forms it may have, the one that is taken where none is said first. Never empty.
    package var forms: [BodyForm]
}

/// A body in one media type.
package struct BodyForm: Sendable {
    package enum Encoding: Sendable, Hashable {
        case json
        /// `application/x-www-form-urlencoded`
        case form
        /// `multipart/form-data` and its like
        case multipart
        /// Text as it is
        case text
        /// Bytes as they are
        case bytes
        /// Whatever fits the value: the document says `*/*`
        case any
    }

    /// As the document says it, without white space at its ends.
    package var mediaType: String
    package var encoding: Encoding
    package var schema: JSONSchema
    /// Of forms and multipart: how each field is written, where the document says so.
    package var fields: [String: FieldEncoding]
}

/// How one field of a form is written.
package struct FieldEncoding: Sendable {
    package var contentType: String?
    package var style: Parameter.Style = .form
    package var explode = true
    /// Whether the document itself says how; else what has members is written as JSON.
    package var isStyled = false
    package var allowsReserved = false
    /// Headers of a part, as the document gives them a fixed value.
    package var headers: [(name: String, value: String)] = []
}

extension BodyForm.Encoding {
    init(mediaType: String) {
        let essence = MediaType.essence(mediaType)
        self =
            switch essence {
            case "*/*", "": .any
            case "application/x-www-form-urlencoded": .form
            case _ where MediaType.isJSON(essence): .json
            case _ where essence.hasPrefix("multipart/"): .multipart
            case _ where MediaType.isText(essence): .text
            default: .bytes
            }
    }

    /// Which one is taken of several.
    var rank: Int {
        switch self {
        case .json: 0
        case .form: 1
        case .multipart: 2
        case .text: 3
        case .bytes: 4
        case .any: 5
        }
    }
}
