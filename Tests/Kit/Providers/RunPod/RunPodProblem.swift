import CallProtocol

/// An error answer: application/problem+json with title, status and detail, and for 422 the list of what is wrong.
struct RunPodProblem: Error, Sendable {
    let status: Int
    let detail: String
    var errors: [String] = []

    init(_ status: Int, _ detail: String, errors: [String] = []) {
        (self.status, self.detail, self.errors) = (status, detail, errors)
    }

    var response: FakeResponse {
        var body: JSONValue = [
            "title": .string(Self.titles[status] ?? "Error"), "status": .integer(Int64(status)),
            "detail": .string(detail),
        ]
        if !errors.isEmpty { body["errors"] = .array(errors.map { .string($0) }) }
        return .json(body, status: status, type: "application/problem+json")
    }

    static func rateLimited(_ window: String, retryAfter: Int?) -> FakeResponse {
        var response = RunPodProblem(429, "the quota of the \(window) window is used up").response
        if let retryAfter { response.headers.append(HeaderLine("Retry-After", String(retryAfter))) }
        return response
    }

    static func invalid(_ errors: [String]) -> RunPodProblem {
        RunPodProblem(422, "the request does not match its schema", errors: errors)
    }

    static let notFound = RunPodProblem(404, "no such resource")
    /// No machine code tells it from a broken rule, as with the real one.
    static let noCapacity = RunPodProblem(400, "nothing is free that fits this request at the moment")

    private static let titles = [
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 409: "Conflict", 422: "Unprocessable Entity", 429: "Too Many Requests",
        500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    ]
}
