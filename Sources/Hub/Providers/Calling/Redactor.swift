import CallProtocol
import OpenAPI

/// Takes secrets out of what comes back: providers repeat requests in errors, and redirect with their query.
struct Redactor: Sendable {
    private let texts: [String]
    private static let mark = "[redacted]"
    /// Shorter ones would be found by chance.
    private static let shortest = 6

    init(_ secrets: [String]) {
        let long = secrets.filter { $0.utf8.count >= Self.shortest }
        texts = long + long.map { Percent.encoded($0) }.filter { !long.contains($0) }
    }

    func redacted(_ text: String) -> String {
        texts.reduce(text) { text, secret in
            guard text.contains(secret) else { return text }
            return text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Self.mark)
        }
    }

    func redacted(_ value: JSONValue) -> JSONValue {
        guard !texts.isEmpty else { return value }
        switch value {
        case .string(let text): return .string(redacted(text))
        case .array(let elements): return .array(elements.map { redacted($0) })
        case .object(let members): return .object(JSONObject(members.map { (redacted($0.key), redacted($0.value)) }))
        default: return value
        }
    }

    func redacted(_ error: CallError) -> CallError {
        CallError(
            error.code, redacted(error.message), retryable: error.retryable,
            details: error.details.map { details -> JSONValue in redacted(details) })
    }
}
