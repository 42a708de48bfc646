/// What a media type says of how its bytes are read.
package enum MediaType {
    /// Type and subtype in lower case, without parameters.
    package static func essence(_ text: String) -> String {
        let bare = text.prefix { $0 != ";" }
        return String(bare.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()).lowercased()
    }

    package static func isJSON(_ essence: String) -> Bool {
        essence == "application/json" || essence.hasSuffix("+json") && essence != "application/stream+json"
            || essence == "text/json" || essence == "application/*"
    }

    package static func isText(_ essence: String) -> Bool {
        essence.hasPrefix("text/") || essence.hasSuffix("+xml") || essence == "application/xml"
            || essence.hasSuffix("yaml") || essence == "application/javascript" || essence == "application/graphql"
    }
}

/// How a response goes on and on.
package enum StreamForm: String, Sendable, Codable, CaseIterable {
    /// `text/event-stream` (WHATWG HTML, section 9.2)
    case events = "sse"
    /// One JSON value a line
    case lines = "json-lines"
    /// Each JSON value behind a record separator (RFC 7464)
    case sequence = "json-seq"

    init?(mediaType: String) {
        switch MediaType.essence(mediaType) {
        case "text/event-stream": self = .events
        case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
            "application/json-lines", "application/jsonlines", "application/stream+json", "application/x-json-stream":
            self = .lines
        case "application/json-seq": self = .sequence
        default: return nil
        }
    }
}
