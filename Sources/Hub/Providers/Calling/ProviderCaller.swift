import AsyncHTTPClient
import CallProtocol
import Formats
import Logging
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

    /// Times that a request is sent which may be repeated.
    private static let attempts = 4
    private static let timeout = Duration.seconds(60)

    /// One answer; of an operation that gives its list in pieces, all of them as one.
    func call(_ operation: ProviderOperation, _ input: JSONValue) async throws -> JSONValue {
        guard let paging = mapping.paging[operation.operation.name],
            paging.parameter.map({ input["query"]?[$0] == nil }) ?? true
        else { return try await answer(operation, input).value }
        return try await PagedCall(paging: paging, operation: operation, caller: self).run(input)
    }

    /// One request and its answer.
    /// - Parameter target: asked for instead of what the input makes, where the answer before said so.
    func answer(
        _ operation: ProviderOperation, _ input: JSONValue, target: String? = nil
    ) async throws -> (value: JSONValue, head: IncomingHead) {
        let request = try await request(operation, input, target: target)
        var attempt = 0
        while true {
            attempt += 1
            let head: IncomingHead
            do {
                let answer = try await send(request, operation)
                let body = try await http.whole(answer, of: request)
                head = answer.head
                note(head)
                let value = try operation.reader.value(head, body)
                advise(operation, value, head.status)
                return (value, head)
            } catch let error as CallError {
                guard error.retryable, attempt < Self.attempts, RetryRule.isIdempotent(request.method) else {
                    throw error
                }
                try await Task.sleep(for: Self.pause(attempt))
            }
        }
    }

    /// An answer that goes on and on. What the other side breaks off is taken up again where it has places.
    func stream(_ operation: ProviderOperation, _ input: JSONValue, _ form: StreamForm, _ sink: OutputSink) async throws
    {
        let request = try await request(operation, input, target: nil)
        var lastID: String?
        var failures = 0
        while true {
            var resumed = request
            if let lastID { resumed.headers.append(.init("Last-Event-ID", lastID)) }
            var reader = ResponseStream(form, lastID: lastID)
            do {
                let answer = try await send(resumed, operation)
                guard operation.reader.isSuccess(answer.head.status) else {
                    throw operation.reader.error(answer.head, try await http.whole(answer, of: request))
                }
                for try await piece in answer.body {
                    for value in try reader.feed(piece) {
                        failures = 0
                        try await sink.send(value)
                    }
                }
                if let value = try reader.finish() { try await sink.send(value) }
                return
            } catch {
                let failure = Self.wire(error, request, operation)
                lastID = reader.lastID
                failures += 1
                // Without a place to go on from, what was given already would be given again.
                guard lastID != nil, failures < Self.attempts, let call = failure as? CallError, call.retryable else {
                    throw failure
                }
                try await Task.sleep(for: reader.retryMs.map { .milliseconds($0) } ?? Self.pause(failures))
            }
        }
    }

    private static func wire(_ error: any Error, _ request: OutgoingRequest, _ operation: ProviderOperation)
        -> any Error
    {
        if let error = error as? StreamError {
            return CallError(
                ResponseReader.unreadable, "\(operation.operation.name): \(error.reason)", retryable: false)
        }
        return ProviderHTTP.failure(error, request)
    }

    private func request(_ operation: ProviderOperation, _ input: JSONValue, target: String?) async throws
        -> OutgoingRequest
    {
        var request = try operation.builder.request(
            input, boundary: "capstan-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))")
        if let target { request.target = target }
        // What wants nothing shown needs no secret to be there.
        guard operation.operation.security != .anyOf([]) else { return request }
        return try binding.showing(try await secrets.credentials(sources), in: request, of: operation.operation)
    }

    private func send(_ request: OutgoingRequest, _ operation: ProviderOperation) async throws -> ProviderHTTP.Answer {
        let interval = mapping.interval(operation.operation.name)
        let wait = gate.take(operation.operation.name, every: interval, now: .now)
        if wait > .zero { try await Task.sleep(for: wait) }
        return try await http.send(request, isGuarded: !allowsPrivate, timeout: mapping.timeout ?? Self.timeout)
    }

    /// Heeds what the provider asks for.
    private func note(_ head: IncomingHead) {
        guard let pause = RetryRule.pause(head, now: RFC3339.now()), pause > 0 else { return }
        gate.pause(until: .now + .milliseconds(pause))
    }

    private func advise(_ operation: ProviderOperation, _ value: JSONValue, _ status: Int) {
        let deviations = operation.reader.deviations(value, status: status)
        guard let first = deviations.first else { return }
        logger.debug(
            "an answer is not as its document says",
            metadata: [
                "operation": .string(operation.name), "count": .stringConvertible(deviations.count),
                "first": .string(first.description),
            ])
    }

    /// Half a second, then twice as long each time, with jitter.
    private static func pause(_ attempt: Int) -> Duration {
        .milliseconds(Int64(500 << min(attempt - 1, 6))) * Double.random(in: 0.75...1.25)
    }
}
