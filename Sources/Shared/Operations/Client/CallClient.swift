package import CallProtocol
import NIOCore

/// The asking side: typed calls over anything that opens streams.
package struct CallClient: Sendable {
    package let opener: any StreamOpener
    private let deadlines: DeadlineQueue
    /// How much later than the handler's side the caller gives up.
    private static let backstopMs: Int64 = 2_000

    package init(_ opener: any StreamOpener, deadlines: DeadlineQueue = DeadlineQueue()) {
        self.opener = opener
        self.deadlines = deadlines
    }

    /// What goes with a call beside its input.
    package struct Options: Sendable {
        package var node: NodeSelector?
        package var deadlineMs: Int64?
        package var idempotencyKey: String?
        /// Bytes that one answer may have: of a longer one the call fails, before it is read.
        package var answerLimit: Int

        package init(
            node: NodeSelector? = nil, deadlineMs: Int64? = nil, idempotencyKey: String? = nil,
            answerLimit: Int = Envelope.maximumLength
        ) {
            self.node = node
            self.deadlineMs = deadlineMs
            self.idempotencyKey = idempotencyKey
            self.answerLimit = answerLimit
        }
    }

    /// Calls a query or a mutation.
    package func call<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, _ options: Options = Options()
    ) async throws(CallError) -> Output {
        try await answer(operation, input, options).value()
    }

    /// The same, with the answer as it came.
    package func answer<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, _ options: Options = Options()
    ) async throws(CallError) -> UnreadAnswer<Output> {
        var options = options
        options.deadlineMs = options.deadlineMs ?? operation.descriptor.defaultDeadlineMs
        let output = try await call(operation.name, input: try Self.encode(input), options)
        return UnreadAnswer(operation: operation.name, raw: output)
    }

    /// Calls a query or a mutation by name, JSON in and out.
    package func call(
        _ operation: String, input: RawJSON, _ options: Options = Options()
    ) async throws(CallError) -> RawJSON {
        var options = options
        options.deadlineMs = options.deadlineMs ?? OperationKind.query.defaultDeadlineMs
        let subscription = try start(operation, input: input, options)
        guard let output = try await subscription.nextRaw() else {
            throw CallError(.internalError, "\(operation) ended without an answer")
        }
        subscription.finish()
        return output
    }

    /// Begins a subscription; outputs come from ``Subscription/next()``.
    package func subscribe<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, _ options: Options = Options()
    ) throws(CallError) -> Subscription<Output> {
        Subscription(try start(operation.name, input: try Self.encode(input), options), name: operation.name)
    }

    /// Begins a call by name whose answers come one by one.
    package func start(
        _ operation: String, input: RawJSON, _ options: Options = Options()
    ) throws(CallError) -> RawSubscription {
        let stream = opener.openStream(try Self.opening(operation, input, .json, options))
        stream.finish()
        let subscription = RawSubscription(stream: stream, answerLimit: options.answerLimit)
        if let deadline = options.deadlineMs {
            subscription.attach(deadlines, backstop(deadline, stream))
        }
        return subscription
    }

    /// Opens a session and waits until it is accepted.
    package func session<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, _ options: Options = Options()
    ) async throws(CallError) -> (accepted: Output, stream: SessionStream) {
        let opening = try Self.opening(
            operation.name, try Self.encode(input), operation.descriptor.carriage, options)
        let stream = opener.openStream(opening)
        let answer = RawSubscription(stream: stream, answerLimit: options.answerLimit)
        if let deadline = options.deadlineMs { answer.attach(deadlines, backstop(deadline, stream)) }
        do throws(CallError) {
            let (output, rest) = try await answer.acceptance()
            return (
                try Self.decode(Output.self, output, of: operation.name),
                SessionStream(stream: stream, rest: rest)
            )
        } catch {
            // Our side of it is still open, and would count on the link for ever.
            stream.reset(.aborted, "the session was not accepted")
            throw error
        }
    }

    /// Opens a session and does not wait until it is accepted: what is sent goes right behind the opening. Only who reads without
    /// waiting (``SessionStream/nextBytesNow()``) hears of the answer; a refusal shows as the stream's failure too.
    /// - Parameter onAnswer: told once, by whoever reads then; not at all where the stream breaks off before.
    package func beginSession<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, _ options: Options = Options(),
        onAnswer: @escaping @Sendable (Result<Output, CallError>) -> Void
    ) throws(CallError) -> SessionStream {
        let opening = try Self.opening(
            operation.name, try Self.encode(input), operation.descriptor.carriage, options)
        let stream = opener.openStream(opening)
        let answer = RawSubscription(stream: stream, answerLimit: options.answerLimit)
        if let deadline = options.deadlineMs { answer.attach(deadlines, backstop(deadline, stream)) }
        return SessionStream(stream: stream, awaiting: answer) { result in
            onAnswer(
                result.flatMap { output in
                    do throws(CallError) {
                        return .success(try Self.decode(Output.self, output, of: operation.name))
                    } catch { return .failure(error) }
                })
        }
    }

    private func backstop(_ deadline: Int64, _ stream: any CallStream) -> DeadlineQueue.Token {
        deadlines.schedule(in: deadline, grace: Self.backstopMs) {
            stream.reset(.timeout, "no answer within \(deadline) ms")
        }
    }

    private static func opening(
        _ operation: String, _ input: RawJSON, _ carriage: Carriage, _ options: Options
    ) throws(CallError) -> ByteBuffer {
        let request = CallRequest(
            operation: operation, input: input, carriage: carriage == .json ? nil : carriage, node: options.node,
            deadlineMs: options.deadlineMs, idempotencyKey: options.idempotencyKey)
        guard input.count <= Envelope.maximumLength - Envelope.overhead else {
            throw CallError(.invalidInput, "the input is \(input.count) bytes long, more than one message may be")
        }
        var buffer = ByteBufferAllocator().buffer(capacity: input.count + 256)
        buffer.writeEnvelope(.requested, id: "1") { request.write(to: &$0) }
        return buffer
    }

    static func encode(_ value: some Encodable) throws(CallError) -> RawJSON {
        do {
            return try JSONCoding.encode(value)
        } catch {
            throw CallError(.invalidInput, "the input cannot be written as JSON: \(error)")
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, _ raw: RawJSON, of operation: String) throws(CallError) -> T {
        try decoded(of: operation) { try JSONCoding.decode(type, from: raw) }
    }

    /// The same value, with its text read.
    static func scan(_ raw: RawJSON, of operation: String) throws(CallError) -> RawJSON {
        if raw.isScanned { return raw }
        return try decoded(of: operation) { try RawJSON(validating: raw.buffer) }
    }

    static func output(of envelope: Envelope) throws(CallError) -> RawJSON {
        try decoded(of: "the call") { try CallResponse(payload: envelope.payload).output }
    }

    private static func decoded<T>(of operation: String, _ decode: () throws -> T) throws(CallError) -> T {
        do {
            return try decode()
        } catch let error as DecodingError {
            throw CallError(
                .internalError, "the answer of \(operation) is not as declared: \(JSONCoding.sentence(error))")
        } catch {
            throw CallError(.internalError, "the answer of \(operation) cannot be read: \(error)")
        }
    }
}
