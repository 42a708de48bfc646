package import CallProtocol
import FoundationEssentials

/// A secret with which calls are made, and where it may go.
package struct Credential: Sendable {
    /// The name of the security scheme that it is for; nil for any.
    package var scheme: String?
    package var secret: String

    package init(scheme: String? = nil, secret: String) {
        self.scheme = scheme
        self.secret = secret
    }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible {
    // It goes into no log and no message.
    package var description: String { "a credential" }
    package var debugDescription: String { description }
}

/// Puts what shows who calls into requests: by the document's schemes, and to the origin that it was given for, nowhere else.
package struct CredentialBinding: Sendable {
    package let schemes: [String: SecurityScheme]
    /// Where credentials may go.
    package let origins: Set<Origin>

    package init(schemes: [String: SecurityScheme], origins: Set<Origin>) {
        self.schemes = schemes
        self.origins = origins
    }

    /// The request with what it shows; as it is where the document wants nothing shown.
    /// - Throws: `FAILED_PRECONDITION` where something is wanted that is not there, or would go to another origin.
    package func showing(
        _ credentials: [Credential], in request: OutgoingRequest, of operation: ImportedOperation
    ) throws(CallError) -> OutgoingRequest {
        let shown = try chosen(credentials, operation)
        guard !shown.isEmpty else { return request }
        guard origins.contains(request.origin) else {
            let known =
                origins.isEmpty
                ? "none, since the document has no server of its own"
                : origins.map(\.description).sorted().joined(separator: ", ")
            throw CallError(
                .failedPrecondition,
                "\(operation.name) is at \(request.origin), and its credential is for \(known) only; "
                    + "allow the origin in the provider's mapping if it may go there")
        }
        var request = request
        for (scheme, secret) in shown {
            guard HeaderText.isValue(secret), !secret.isEmpty else {
                throw CallError(.failedPrecondition, "the credential has characters that cannot be sent, or is empty")
            }
            try apply(scheme, secret, to: &request)
        }
        return request
    }

    /// The first alternative that can be met. One that shows nothing counts last.
    private func chosen(_ credentials: [Credential], _ operation: ImportedOperation) throws(CallError) -> [(
        SecurityScheme, String
    )] {
        switch operation.security {
        case .unsaid:
            guard let only = credentials.first else { return [] }
            let named = only.scheme.flatMap { schemes[$0] }
            let usable = schemes.sorted { $0.key < $1.key }.map(\.value).first { !$0.isUnsupported }
            return [(named ?? usable ?? .bearer, only.secret)]
        case .anyOf(let alternatives):
            for names in alternatives where !names.isEmpty {
                if let met = met(names, credentials) { return met }
            }
            if alternatives.isEmpty || alternatives.contains([]) { return [] }
            let wanted = Set(alternatives.joined()).sorted()
            let words = wanted.map { name in "\(name) (\(schemes[name]?.words ?? "unknown"))" }.joined(
                separator: " or ")
            throw CallError(
                .failedPrecondition, "\(operation.name) wants \(words), and no such credential is configured",
                details: ["schemes": .array(wanted.map(JSONValue.string))])
        }
    }

    private func met(_ names: [String], _ credentials: [Credential]) -> [(SecurityScheme, String)]? {
        var shown: [(SecurityScheme, String)] = []
        for name in names {
            guard let scheme = schemes[name], !scheme.isUnsupported else { return nil }
            // A secret without a name is for one scheme: which of several it is for cannot be known.
            let found =
                credentials.first { $0.scheme == name }
                ?? (names.count == 1 ? credentials.first { $0.scheme == nil } : nil)
            guard let found else { return nil }
            shown.append((scheme, found.secret))
        }
        return shown
    }

    private func apply(_ scheme: SecurityScheme, _ secret: String, to request: inout OutgoingRequest) throws(CallError)
    {
        switch scheme {
        case .bearer: request.replace("Authorization", "Bearer \(secret)")
        case .basic:
            // A key alone is a user without a password.
            let pair = secret.contains(":") ? secret : secret + ":"
            request.replace("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())")
        case .header(let name): request.replace(name, secret)
        case .query(let name):
            request.target +=
                (request.target.contains("?") ? "&" : "?") + "\(Percent.encoded(name))=\(Percent.encoded(secret))"
        case .cookie(let name):
            let cookie = "\(name)=\(Percent.encoded(secret))"
            request.replace("Cookie", request.header("Cookie").map { "\($0); \(cookie)" } ?? cookie)
        case .unsupported(let what): throw CallError(.failedPrecondition, "\(what) cannot be used")
        }
    }
}

extension SecurityScheme {
    var isUnsupported: Bool { if case .unsupported = self { true } else { false } }
}

extension OutgoingRequest {
    fileprivate mutating func replace(_ name: String, _ value: String) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        headers.append(.init(name, value))
    }
}
