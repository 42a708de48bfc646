/// What went wrong with a call, as it travels in `call.error`: an open set of upper-case names.
///
/// An operation may declare codes of its own (`CONTAINER_NOT_FOUND`). A code this build has never heard of survives
/// decoding, is not retryable and maps to the row of `INTERNAL`.
package struct ErrorCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let notFound = ErrorCode(rawValue: "NOT_FOUND")
    package static let unauthenticated = ErrorCode(rawValue: "UNAUTHENTICATED")
    package static let forbidden = ErrorCode(rawValue: "FORBIDDEN")
    package static let invalidInput = ErrorCode(rawValue: "INVALID_INPUT")
    package static let invalidOperationKind = ErrorCode(rawValue: "INVALID_OPERATION_KIND")
    package static let conflict = ErrorCode(rawValue: "CONFLICT")
    package static let failedPrecondition = ErrorCode(rawValue: "FAILED_PRECONDITION")
    package static let resourceExhausted = ErrorCode(rawValue: "RESOURCE_EXHAUSTED")
    package static let unavailable = ErrorCode(rawValue: "UNAVAILABLE")
    package static let timeout = ErrorCode(rawValue: "TIMEOUT")
    package static let aborted = ErrorCode(rawValue: "ABORTED")
    package static let internalError = ErrorCode(rawValue: "INTERNAL")

    /// Enrolment's own codes.
    package static let tokenInvalid = ErrorCode(rawValue: "TOKEN_INVALID")
    package static let tokenExpired = ErrorCode(rawValue: "TOKEN_EXPIRED")
    package static let tokenUsed = ErrorCode(rawValue: "TOKEN_USED")
    package static let instanceMismatch = ErrorCode(rawValue: "INSTANCE_MISMATCH")

    /// The common codes in wire order: the first is ``LinkCode`` 1.
    package static let common: [ErrorCode] = [
        .notFound, .unauthenticated, .forbidden, .invalidInput, .invalidOperationKind, .conflict, .failedPrecondition,
        .resourceExhausted, .unavailable, .timeout, .aborted, .internalError,
    ]
}

/// The one table from a code to its number on the wire, its HTTP status and the exit code of the CLI.
extension ErrorCode {
    /// The number that stands for this code in a RESET; codes without one of their own travel as `INTERNAL`.
    package var linkCode: LinkCode {
        guard let index = Self.common.firstIndex(of: self) else {
            return Self.enrolment.contains(self) ? .unauthenticatedCall : .internalError
        }
        return LinkCode(rawValue: UInt32(index) + 1)
    }

    /// The call error a RESET with this number means, or nil for the link's own numbers.
    package init?(linkCode: LinkCode) {
        guard linkCode.rawValue >= 1, linkCode.rawValue <= UInt32(Self.common.count) else { return nil }
        self = Self.common[Int(linkCode.rawValue) - 1]
    }

    package var httpStatus: Int {
        switch self {
        case .notFound: 404
        case .unauthenticated: 401
        case .forbidden: 403
        case .invalidInput: 422
        case .invalidOperationKind: 405
        case .conflict: 409
        case .failedPrecondition: 412
        case .unavailable: 503
        case .timeout: 504
        case .resourceExhausted: 429
        case .aborted: 499
        case _ where Self.enrolment.contains(self): 401
        default: 500
        }
    }

    /// The exit code of `capstan` for this error.
    package var exitCode: Int32 {
        switch self {
        case .notFound, .invalidInput, .invalidOperationKind: 2
        case .unauthenticated, .forbidden: 77
        case .conflict, .failedPrecondition: 64
        case .unavailable: 69
        case .timeout, .resourceExhausted: 75
        case .aborted: 130
        case _ where Self.enrolment.contains(self): 77
        // An operation's own: `CONTAINER_NOT_FOUND`.
        case _ where rawValue.hasSuffix("_NOT_FOUND"): 2
        default: remote?.exitCode ?? 1
        }
    }

    /// What a provider's answer means, `HTTP_404`, in our own terms; nil of any other code, and of an answer that has none.
    private var remote: ErrorCode? {
        guard rawValue.hasPrefix("HTTP_") else { return nil }
        return switch rawValue.dropFirst(5) {
        case "400", "422": .invalidInput
        case "401": .unauthenticated
        case "402", "403": .forbidden
        case "404", "410": .notFound
        case "408", "504": .timeout
        case "409", "412": .conflict
        case "429": .resourceExhausted
        case "502", "503": .unavailable
        default: nil
        }
    }

    /// Whether the same call may succeed later without being changed.
    package var isRetryable: Bool {
        switch self {
        case .unavailable, .timeout, .resourceExhausted: true
        default: false
        }
    }

    private static let enrolment: Set<ErrorCode> = [.tokenInvalid, .tokenExpired, .tokenUsed, .instanceMismatch]
}

extension ErrorCode: CustomStringConvertible, Codable {
    package var description: String { rawValue }

    package init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
