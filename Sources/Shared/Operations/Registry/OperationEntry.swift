package import CallProtocol

/// What a handler knows of its call.
package struct CallContext: Sendable {
    package var id: String
    package var caller: Caller
    package var idempotencyKey: String?
    /// The operation's name.
    package var operation: String
    /// The input as it came, for fingerprints.
    package var input: RawJSON
}

/// An operation with the code that does it.
package struct OperationEntry: Sendable {
    package enum Handler: Sendable {
        case unary(@Sendable (RawJSON, CallContext) async throws -> RawJSON)
        case subscription(@Sendable (RawJSON, CallContext, OutputSink) async throws -> Void)
        case session(@Sendable (RawJSON, CallContext, SessionStream) async throws -> Void)
    }

    package let descriptor: OperationDescriptor
    package let handler: Handler

    package init(descriptor: OperationDescriptor, handler: Handler) {
        self.descriptor = descriptor
        self.handler = handler
    }
}

/// Where a subscription puts its outputs; waits while the caller is slow.
package struct OutputSink: Sendable {
    let write: @Sendable (RawJSON) async throws -> Void

    package init(_ write: @escaping @Sendable (RawJSON) async throws -> Void) { self.write = write }

    package func send(_ output: some Encodable) async throws {
        try await write(try JSONCoding.encode(output))
    }
}

extension Operation {
    /// Joins a query or a mutation with its code.
    package func handled(
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) -> OperationEntry {
        OperationEntry(
            descriptor: descriptor,
            handler: .unary { input, context in
                try JSONCoding.encode(try await body(try decodeInput(input), context))
            })
    }

    /// Joins a subscription with its code.
    package func subscribed(
        _ body: @escaping @Sendable (Input, CallContext, OutputSink) async throws -> Void
    ) -> OperationEntry {
        OperationEntry(
            descriptor: descriptor,
            handler: .subscription { input, context, sink in try await body(try decodeInput(input), context, sink) })
    }

    /// Joins a session with its code. The body accepts with an `Output`, then moves bytes.
    package func sessioned(
        _ body: @escaping @Sendable (Input, CallContext, SessionStream) async throws -> Void
    ) -> OperationEntry {
        OperationEntry(
            descriptor: descriptor,
            handler: .session { input, context, stream in try await body(try decodeInput(input), context, stream) })
    }

    /// Reads the input; what does not fit is told by the schema, which names the field and the reason.
    private func decodeInput(_ raw: RawJSON) throws -> Input {
        let input: RawJSON
        do {
            input = try raw.read()
            if let node = input.node, !descriptor.input.surelyAccepts(node) { try refuseMisfit(try input.value()) }
        } catch let error as JSONParseError {
            throw CallError(.invalidInput, "the input is not JSON: \(error)")
        }
        do {
            return try JSONCoding.decode(Input.self, from: input)
        } catch let error as DecodingError {
            throw CallError(.invalidInput, "\(name): \(JSONCoding.sentence(error))")
        }
    }

    private func refuseMisfit(_ value: JSONValue) throws(CallError) {
        let violations = descriptor.input.validate(value)
        guard violations.isEmpty else {
            throw CallError(
                .invalidInput, "\(name): " + violations.map(\.description).joined(separator: "; "),
                details: ["violations": .array(violations.map { .string($0.description) })])
        }
    }
}
