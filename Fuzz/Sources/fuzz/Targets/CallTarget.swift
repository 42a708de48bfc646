import CallProtocol
import NIOCore

/// What envelopes carry, read on the quick way and on the long one, which must agree.
enum CallTarget {
    static let target = FuzzTarget(
        name: "calls",
        words: Seeds.jsonWords + [
            "\"operationId\":", "\"input\":", "\"carriage\":", "\"node\":", "\"deadlineMs\":", "\"idempotencyKey\":",
            "\"forwardedFor\":", "{\"labels\":", "\"peer\":", "\"name\":", "\"role\":", "\"raw\"", "\"output\":",
            "\"code\":", "\"message\":", "\"retryable\":", "\"details\":",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        guard let payload = try? RawJSON(validating: ByteBuffer(bytes: bytes)) else { return }
        let request = attempt(DecodingError.self) { try CallRequest(payload: payload) }
        let slow = attempt(DecodingError.self) {
            try JSONCoding.decode(CallRequest.self, from: ByteBuffer(bytes: bytes))
        }
        agree(request, slow)
        if case .success(let request) = request {
            var writer = JSONWriter()
            request.write(to: &writer)
            let again = attempt(DecodingError.self) { try CallRequest(payload: writer.finish().read()) }
            agree(.success(request), again)
            _ = request.operation
        }
        let response = attempt(DecodingError.self) { try CallResponse(payload: payload) }
        agree(response, attempt(DecodingError.self) { try JSONCoding.decode(CallResponse.self, from: payload) })
        let error = attempt(DecodingError.self) { try JSONCoding.decode(CallError.self, from: payload) }
        guard case .success(let error) = error else { return }
        agree(
            .success(error),
            attempt(DecodingError.self) {
                let written = try JSONCoding.encode(error)
                return try JSONCoding.decode(CallError.self, from: written)
            })
    }

    private static func agree<Value: Equatable>(
        _ left: Result<Value, DecodingError>, _ right: Result<Value, DecodingError>
    ) {
        switch (left, right) {
        case (.success(let left), .success(let right)): must(left == right, "\(left) is \(right)")
        case (.failure(let left), .failure(let right)):
            must(!JSONCoding.sentence(left).isEmpty && !JSONCoding.sentence(right).isEmpty, "errors say something")
        default: must(false, "\(left) agrees with \(right)")
        }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let requests = [
            CallRequest(operation: "hub/status"),
            CallRequest(
                operation: "tty/open", input: RawJSON(["cmd": ["sh"]]), carriage: .raw,
                node: .labels(["gpu": "true", "zone": "\u{E9}"]), deadlineMs: .max, idempotencyKey: "k",
                forwardedFor: ForwardedFor(peer: "p", name: "anna", role: "admin")),
        ]
        let errors = [
            CallError(.invalidInput, "cpus: must be 0 or more"),
            CallError(.unavailable, "later", details: ["after": 1.5, "names": ["a", nil]]),
        ]
        return requests.map { request in Seeds.bytes { try JSONCoding.encode(request, into: &$0) } }
            + errors.map { error in Seeds.bytes { try JSONCoding.encode(error, into: &$0) } }
            + Seeds.texts([
                "{\"output\":[1,2,{\"a\":null}]}", "{\"operationId\":null}",
                "{\"operationId\":\"/a\",\"deadlineMs\":1.0}",
                "{\"operationId\":\"/a\",\"node\":{\"labels\":{}},\"input\":null,\"carriage\":null}",
            ])
    }
}
