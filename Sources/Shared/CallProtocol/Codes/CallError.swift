/// The one error a call can end with, on the wire and in the program.
///
/// `message` says what was wrong, with what, and what to do; it never carries causes that only a log should hold.
package struct CallError: Error, Hashable, Sendable, Codable {
    package var code: ErrorCode
    package var message: String
    package var retryable: Bool
    package var details: JSONValue?

    package init(_ code: ErrorCode, _ message: String, retryable: Bool? = nil, details: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.retryable = retryable ?? code.isRetryable
        self.details = details
    }

    /// What a reset stream means for its caller: the code that the number stands for, else `UNAVAILABLE` when the
    /// link went away and `INTERNAL` when the peer broke the protocol.
    package init(_ failure: StreamFailure) {
        if let code = ErrorCode(linkCode: failure.code) {
            self.init(code, failure.reason.isEmpty ? "the call was ended by the other side" : failure.reason)
            return
        }
        switch failure.code {
        case .superseded, .duplicatePeer, .shutdown, .renew, .tooManyStreams:
            self.init(.unavailable, failure.reason.isEmpty ? "the link ended (\(failure.code))" : failure.reason)
        case .unauthenticated:
            self.init(.unauthenticated, failure.reason.isEmpty ? "this key is not known to the hub" : failure.reason)
        case .version:
            self.init(.failedPrecondition, failure.reason)
        default:
            self.init(.internalError, "the stream broke the protocol (\(failure.code)): \(failure.reason)")
        }
    }
}

extension CallError: CustomStringConvertible {
    package var description: String { "\(code): \(message)" }
}

extension CallError {
    private enum CodingKeys: String, CodingKey {
        case code, message, retryable, details
    }

    /// Decodes with defaults, so that an error of a newer peer never becomes a decoding error.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = try container.decode(ErrorCode.self, forKey: .code)
        message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
        retryable = try container.decodeIfPresent(Bool.self, forKey: .retryable) ?? code.isRetryable
        details = try container.decodeIfPresent(JSONValue.self, forKey: .details)
    }
}
