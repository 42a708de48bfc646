import AsyncHTTPClient
import CallProtocol
import Formats
import Logging
import Mapping
import NIOCore
import OpenAPI
import Operations

/// Calls the operations of one imported API.
struct ProviderCaller: Sendable {
    let provider: String
    let mapping: ProviderMapping
    let binding: CredentialBinding
    let sources: [CredentialSource]
    /// Whether the API may be at an address of a private network.
    let allowsPrivate: Bool
    let gate: RateGate
    let http: ProviderHTTP
    let secrets: CredentialReader
    let logger: Logger
    /// How long a failed request waits for its second try; twice as long each time, with jitter.
    let firstPause: Duration

    /// Times that a request is sent which may be repeated.
    private static let attempts = 4
    /// Of one request: shorter than the deadline of a call, so that its end is told by who knows what was sent.
    private static let timeout = Duration.seconds(50)
    /// Whoever would wait longer is told so instead.
    private static let longestWait = Duration.seconds(30)

    /// One answer; of an operation that gives its list in pieces, all of them as one.
    func call(_ operation: ProviderOperation, _ input: JSONValue) async throws -> JSONValue {
        guard let paging = mapping.paging[operation.operation.name],
            paging.parameter.map({ input["query"]?[$0] == nil }) ?? true
        else { return try await answer(operation, input).value }
        return try await PagedCall(paging: paging, operation: operation, caller: self).run(input)
    }

    /// An answer that came whole.
    struct Piece: Sendable {
        var value: JSONValue
        var head: IncomingHead
        /// The path and query that were asked for.
        var asked: String
        /// Of its body.
        var bytes: Int
    }

    /// One request and its answer.
    /// - Parameter target: asked for instead of what the input makes, where the answer before said so.
    func answer(
        _ operation: ProviderOperation, _ input: JSONValue, target: String? = nil
    ) async throws -> Piece {
        let (request, redactor) = try await request(operation, input, target: target)
        let mayRepeat = mayRepeat(operation)
        var attempt = 0
        while true {
            attempt += 1
            // What ends while it waits for its turn was not sent.
            try await takeTurn(operation)
            do {
                let answer = try await send(request, mayRepeat)
                let body = try await http.whole(answer, of: request, mayRepeat: mayRepeat)
                note(answer.head)
                let value = redactor.redacted(try operation.reader.value(answer.head, body))
                advise(operation, value, answer.head.status)
                return Piece(value: value, head: answer.head, asked: request.target, bytes: body.count)
            } catch let error as CallError {
                guard error.retryable, attempt < Self.attempts, mayRepeat else {
                    throw redactor.redacted(error)
                }
                try await Task.sleep(for: pause(attempt))
            } catch is CancellationError where !mayRepeat {
                throw CallError(
                    .timeout, "\(operation.name): the call ended before the answer came", retryable: false,
                    details: ["mayHaveHappened": true])
            }
        }
    }

    /// Whether a call does no more twice than once. What makes something that is paid for never is, whatever its method says.
    private func mayRepeat(_ operation: ProviderOperation) -> Bool {
        RetryRule.isIdempotent(operation.operation.method) && !mapping.isOnce(operation.operation.name)
    }

    /// An answer that goes on and on. What the other side breaks off is taken up again where it has places.
    func stream(_ operation: ProviderOperation, _ input: JSONValue, _ form: StreamForm, _ sink: OutputSink) async throws
    {
        let (request, redactor) = try await request(operation, input, target: nil)
        let mayRepeat = mayRepeat(operation)
        var lastID = request.header("Last-Event-ID")
        var failures = 0
        var retryMs: Int64?
        while true {
            var resumed = request
            if let lastID {
                resumed.headers.removeAll { $0.name.lowercased() == "last-event-id" }
                if HeaderText.isValue(lastID) { resumed.headers.append(.init("Last-Event-ID", lastID)) }
            }
            let begun = lastID
            var reader = ResponseStream(form, lastID: lastID)
            do {
                try await takeTurn(operation)
                let answer = try await send(resumed, mayRepeat)
                guard operation.reader.isSuccess(answer.head.status) else {
                    throw operation.reader.error(
                        answer.head, try await http.whole(answer, of: request, mayRepeat: mayRepeat))
                }
                if form == .events, MediaType.isJSON(answer.head.mediaType) {
                    // What was asked for had but one answer.
                    let body = try await http.whole(answer, of: request, mayRepeat: mayRepeat)
                    return try await sink.send(redactor.redacted(try operation.reader.value(answer.head, body)))
                }
                for try await piece in answer.body {
                    for value in try reader.feed(piece) { try await sink.send(redactor.redacted(value)) }
                }
                if let value = try reader.finish() { try await sink.send(redactor.redacted(value)) }
                return
            } catch {
                let failure = Self.wire(error, request, operation, mayRepeat)
                let told = (failure as? CallError).map { redactor.redacted($0) } ?? failure
                lastID = reader.lastID
                retryMs = reader.retryMs ?? retryMs
                // Only what leads on counts as none: a server that begins anew each time would be asked without end.
                failures = lastID != begun ? 1 : failures + 1
                // Without a place to go on from, what was given already would be given again.
                guard lastID != nil, failures < Self.attempts, let call = failure as? CallError, call.retryable else {
                    throw told
                }
                try await Task.sleep(for: retryMs.map { .milliseconds($0) } ?? pause(failures))
            }
        }
    }

    private static func wire(
        _ error: any Error, _ request: OutgoingRequest, _ operation: ProviderOperation, _ mayRepeat: Bool
    ) -> any Error {
        if let error = error as? StreamError {
            return CallError(
                ResponseReader.unreadable, "\(operation.operation.name): \(error.reason)", retryable: false)
        }
        return ProviderHTTP.failure(error, request, mayRepeat: mayRepeat)
    }

    private func request(
        _ operation: ProviderOperation, _ input: JSONValue, target: String?
    ) async throws -> (OutgoingRequest, Redactor) {
        var request = try operation.builder.request(
            input, boundary: "capstan-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))")
        if mapping.trailingSlash { request.target = Self.slashed(request.target) }
        if let target { request.target = target }
        // What wants nothing shown needs no secret to be there.
        guard operation.operation.security != .anyOf([]) else { return (request, Redactor([])) }
        let credentials = try await secrets.credentials(sources)
        let shown = try binding.showing(credentials, in: request, of: operation.operation)
        return (shown, Redactor(credentials.map(\.secret)))
    }

    /// With a slash at the end of its path.
    static func slashed(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        return path.hasSuffix("/") ? target : path + "/" + target.dropFirst(path.count)
    }

    private func takeTurn(_ operation: ProviderOperation) async throws {
        let interval = mapping.interval(operation.operation.name)
        let wait = gate.take(operation.operation.name, every: interval, within: Self.longestWait, now: .now)
        guard wait <= Self.longestWait else {
            throw CallError(
                .resourceExhausted,
                "\(provider) is to be left alone for \(DurationText.string(wait)): it said so, or the mapping's minimumInterval does",
                details: ["retryAfterMs": .integer(wait.components.seconds * 1_000)])
        }
        if wait > .zero { try await Task.sleep(for: wait) }
    }

    private func send(_ request: OutgoingRequest, _ mayRepeat: Bool) async throws -> ProviderHTTP.Answer {
        try await http.send(
            request, isGuarded: !allowsPrivate, mayRepeat: mayRepeat, timeout: mapping.timeout ?? Self.timeout)
    }

    /// Heeds what the provider asks for.
    private func note(_ head: IncomingHead) {
        guard let pause = RetryRule.pause(head, now: RFC3339.now()), pause > 0 else { return }
        gate.pause(until: .now + .milliseconds(pause))
    }

    private func advise(_ operation: ProviderOperation, _ value: JSONValue, _ status: Int) {
        guard logger.logLevel <= .debug else { return }
        let deviations = operation.reader.deviations(value, status: status)
        guard let first = deviations.first else { return }
        logger.debug(
            "an answer is not as its document says",
            metadata: [
                "operation": .string(operation.name), "count": .stringConvertible(deviations.count),
                "first": .string(first.description),
            ])
    }

    private func pause(_ attempt: Int) -> Duration {
        firstPause * Double(1 << min(attempt - 1, 6)) * Double.random(in: 0.75...1.25)
    }
}
