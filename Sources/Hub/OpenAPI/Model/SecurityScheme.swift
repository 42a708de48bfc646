/// One way in which an API wants to be shown who calls.
package enum SecurityScheme: Sendable, Hashable {
    case bearer
    case basic
    case header(String)
    case query(String)
    case cookie(String)
    /// Client certificates, digests and other things that no text can be used for.
    case unsupported(String)

    /// In words, for people.
    package var words: String {
        switch self {
        case .bearer: "bearer token"
        case .basic: "user and password"
        case .header(let name): "key in the header \(name)"
        case .query(let name): "key in the query as \(name)"
        case .cookie(let name): "key in the cookie \(name)"
        case .unsupported(let what): "\(what), which cannot be used here"
        }
    }
}

/// What a call may show: one of the alternatives, each of schemes that must all be shown.
package enum SecurityDemand: Sendable, Hashable {
    /// The document says nothing: whatever is configured is shown.
    case unsaid
    /// By the names of the schemes. An empty alternative is a call that shows nothing.
    case anyOf([[String]])
}
