package import CallProtocol
import FoundationEssentials
package import Operations

/// Makes values, or errors, of answers.
package struct ResponseReader: Sendable {
    package let operation: ImportedOperation
    private let table: SchemaTable

    package init(_ operation: ImportedOperation, _ table: SchemaTable) {
        self.operation = operation
        self.table = table
    }

    /// What the document says of a status: exactly that one, else its range, else `default`.
    package func declared(_ status: Int) -> DeclaredResponse? {
        let all = operation.responses
        return all.first { $0.status == .exactly(status) } ?? all.first { $0.status == .range(status / 100) }
            ?? all.first { $0.status == .other }
    }

    /// Whether an answer is what was asked for: any 2xx, and what else the document declares below 400 by its number,
    /// such as 304 for what was so already.
    package func isSuccess(_ status: Int) -> Bool {
        (200..<300).contains(status)
            || (300..<400).contains(status) && operation.responses.contains { $0.status == .exactly(status) }
    }

    /// What the answer says: JSON as it is, a text as a string, other bytes as `{"base64", "contentType"}`, null for nothing; a
    /// declared answer that leads elsewhere as `{"location"}`.
    /// - Throws: `HTTP_<status>` with the body in its details; `PROVIDER_ANSWER` for a body that is not what it says it is.
    package func value(_ head: IncomingHead, _ body: [UInt8]) throws(CallError) -> JSONValue {
        guard isSuccess(head.status) else { throw error(head, body) }
        guard !body.isEmpty else {
            guard (300..<400).contains(head.status), let location = head.header("Location") else { return .null }
            return ["location": .string(location)]
        }
        let type = head.mediaType
        if MediaType.isJSON(type) || (type.isEmpty && declaresJSON(head.status)) {
            do throws(JSONParseError) { return try JSONParser.parse(body) } catch {
                throw CallError(
                    Self.unreadable, "\(operation.name): the answer says it is JSON and is not: \(error)",
                    retryable: false,
                    details: ["status": .integer(Int64(head.status)), "body": ErrorBody.shown(body)])
            }
        }
        if MediaType.isText(type) || type.isEmpty, let text = String(validating: body, as: UTF8.self) {
            return .string(text)
        }
        return [
            "base64": .string(Data(body).base64EncodedString()),
            "contentType": .string(type.isEmpty ? "application/octet-stream" : type),
        ]
    }

    /// An answer that cannot be read as what it says it is.
    package static let unreadable = ErrorCode(rawValue: "PROVIDER_ANSWER")

    private func declaresJSON(_ status: Int) -> Bool {
        declared(status)?.contents.contains { MediaType.isJSON(MediaType.essence($0.mediaType)) } ?? true
    }

    /// Where the answer is not as the document says; advice, for documents are more often wrong than answers.
    package func deviations(_ value: JSONValue, status: Int) -> [SchemaViolation] {
        let contents = declared(status)?.contents ?? []
        guard let schema = contents.first(where: { MediaType.isJSON(MediaType.essence($0.mediaType)) })?.schema else {
            return []
        }
        return schema.validate(value, with: table)
    }

    /// What an answer that is no success means.
    package func error(_ head: IncomingHead, _ body: [UInt8]) -> CallError {
        var details: JSONValue = ["status": .integer(Int64(head.status)), "body": ErrorBody.shown(body)]
        if let location = head.header("Location") { details["location"] = .string(location) }
        if let after = head.header("Retry-After") { details["retryAfter"] = .string(after) }
        let said = ErrorBody.message(body, head.mediaType) ?? declared(head.status)?.summary
        let words = said.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
        return CallError(
            ErrorCode(rawValue: "HTTP_\(head.status)"),
            "\(operation.name): the provider answered \(head.status)\(words)",
            retryable: RetryRule.mayRepeat(operation.method, status: head.status), details: details)
    }

    /// The schema of what a call answers with, as far as the document says it.
    package var output: JSONSchema {
        var schemas: [JSONSchema] = []
        for content in operation.responses.filter({ $0.status.isSuccess }).flatMap(\.contents) {
            guard (StreamForm(mediaType: content.mediaType) != nil) == (operation.stream != nil) else { continue }
            if !schemas.contains(content.schema) { schemas.append(content.schema) }
        }
        return schemas.count == 1 ? schemas[0] : schemas.isEmpty ? .any : .anyOf(schemas)
    }
}
