import CallProtocol

/// The shapes in which this API says that something went wrong; all of them occur.
package enum VastErrorShape: Sendable, Hashable, CaseIterable {
    /// `success`, `error` and `msg`.
    case full
    /// `error` and `msg`.
    case bare
    /// `detail`.
    case detail
    /// `msg`.
    case message
    /// Plain text.
    case text
}

/// An error answer.
struct VastProblem: Error, Sendable {
    let status: Int
    let code: String
    let message: String
    var shape = VastErrorShape.full
    var offer: Int?

    init(_ status: Int, _ code: String, _ message: String, _ shape: VastErrorShape = .full, offer: Int? = nil) {
        (self.status, self.code, self.message, self.shape, self.offer) = (status, code, message, shape, offer)
    }

    /// - Parameter override: the shape that the settings ask for in place of the operation's own.
    func response(_ override: VastErrorShape?) -> FakeResponse {
        switch override ?? shape {
        case .text: return .text(message, status: status)
        case .detail: return .json(["detail": .string(message)], status: status)
        case .message: return .json(["msg": .string(message)], status: status)
        case .bare: return .json(["error": .string(code), "msg": .string(message)], status: status)
        case .full:
            var body: JSONValue = ["success": false, "error": .string(code), "msg": .string(message)]
            if let offer { body["ask_id"] = .integer(Int64(offer)) }
            return .json(body, status: status)
        }
    }

    /// Requests come too often. No header says for how long.
    static func tooOften(_ operation: String, _ threshold: Double) -> VastProblem {
        let message = "requests to this endpoint come too often, threshold=\(threshold)"
        let shape = operation == "destroyInstance" ? VastErrorShape.full : .detail
        return VastProblem(429, "rate_limit_exceeded", message, shape)
    }

    static let noInstance = VastProblem(404, "not_found", "there is no such instance")
    static let noJSON = VastProblem(400, "invalid_request", "the body is no JSON object", .bare)

    /// An offer that is not there, or not any more. The word `no_such_ask` stands in the message of both.
    static func noOffer(_ id: Int, wasThere: Bool) -> VastProblem {
        wasThere
            ? VastProblem(410, "no_such_ask", "error 410: no_such_ask, offer \(id) is taken", offer: id)
            : VastProblem(404, "invalid_args", "error 404: no_such_ask, there is no offer \(id)", offer: id)
    }
}
