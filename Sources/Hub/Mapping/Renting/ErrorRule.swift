import CallProtocol
import Market

/// What one kind of a provider's error means.
struct ErrorRule: Sendable, Hashable {
    let condition: Expression
    let meaning: ErrorMeaning

    init(_ fields: inout MappingFields) throws(CallError) {
        condition = try fields.need(
            "when", try fields.expression("when", names: ["status", "answer", "message", "creating"]))
        meaning = try fields.need("then", try fields.word("then", ErrorMeaning.self))
        try fields.finish()
    }

    /// A condition that cannot be worked out does not hold.
    func holds(_ names: [String: JSONValue]) -> Bool { (try? condition.value(names))?.boolValue == true }

    /// What an error means of which the mapping says nothing. Whatever may have made something is for a listing to tell.
    static func usual(_ error: CallError, _ status: Int?) -> ErrorMeaning {
        switch status {
        case 429: .backOff
        case 401, 402, 403: .stop
        case 404, 409, 410: .nextOffer
        case 408: .reconcile
        case .some(400..<500): .stop
        case .some: .reconcile
        case nil: unsent(error)
        }
    }

    private static func unsent(_ error: CallError) -> ErrorMeaning {
        if error.details?["mayHaveHappened"] == true || error.code == RentMapping.unreadable { return .reconcile }
        switch error.code {
        case RentMapping.refused: return .nextOffer
        // The request was not made, or nobody was reached.
        case .invalidInput, .failedPrecondition, .notFound, .forbidden: return .stop
        case .unavailable where error.retryable: return .backOff
        // Its turn did not come: it was told how long that takes.
        case .resourceExhausted where error.details?["retryAfterMs"] != nil: return .backOff
        default: return .reconcile
        }
    }
}
