package import Operations

/// One operation of a provider's API, as it is called here.
package struct ImportedOperation: Sendable {
    /// Unique in the document, of letters, digits, `.`, `_` and `-`.
    package var name: String
    /// What the document calls it; nil where it has no name there.
    package var originalID: String?
    /// In upper case.
    package var method: String
    /// With `{name}` where parameters go; begins with a slash.
    package var path: String
    /// The path as the document has it.
    var pathKey: String
    /// What stands behind a `?` in the document's path, sent with every call.
    package var fixedQuery: String?
    package var summary: String
    package var description: String
    package var tags: [String]
    package var isDeprecated: Bool
    /// The first is taken.
    package var server: ServerURL?
    /// Whether the server is the operation's or the path's own, at another origin than the document's.
    package var hasOwnServer: Bool
    package var parameters: [Parameter]
    package var body: RequestBody?
    package var responses: [DeclaredResponse]
    package var security: SecurityDemand
    /// Nil where it answers once.
    package var stream: StreamForm?
    /// Where it stands in the document.
    package var pointer: String
    /// Why it cannot be called; nil where it can.
    package var fault: String?

    package var kind: OperationKind {
        if stream != nil { return .subscription }
        return method == "GET" || method == "HEAD" ? .query : .mutation
    }
}

/// What the document says of one answer.
package struct DeclaredResponse: Sendable {
    package enum Status: Hashable, Sendable {
        case exactly(Int)
        /// The first digit.
        case range(Int)
        case other

        /// `200`, `2XX`, `2xx`, `default`; nil for anything else.
        init?(_ text: String) {
            if text.lowercased() == "default" {
                self = .other
            } else if let code = Int(text), (100...599).contains(code) {
                self = .exactly(code)
            } else if text.count == 3, text.lowercased().hasSuffix("xx"), let digit = text.first?.wholeNumberValue,
                (1...5).contains(digit)
            {
                self = .range(digit)
            } else {
                return nil
            }
        }

        /// Whether it is for calls that went well.
        var isSuccess: Bool {
            switch self {
            case .exactly(let code): (200..<300).contains(code)
            case .range(let digit): digit == 2
            case .other: false
            }
        }
    }

    package var status: Status
    package var summary: String
    /// In the document's order.
    package var contents: [(mediaType: String, schema: JSONSchema)]
}

/// A document, read: what can be called, and what was found wrong.
package struct ImportedDocument: Sendable {
    package var title: String
    /// The API's own version, as the document says it.
    package var version: String
    package var dialect: Dialect
    /// By name.
    package var operations: [ImportedOperation]
    package var schemes: [String: SecurityScheme]
    package var defects: [Defect]
    package var requestSchemas: SchemaTable
    package var responseSchemas: SchemaTable
}
