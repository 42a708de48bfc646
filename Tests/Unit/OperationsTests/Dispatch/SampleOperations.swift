import CallProtocol
import Logging
import NIOCore
import Operations
import Synchronization
import TestKit
import Testing

/// Operations of every kind for the tests of dispatcher and client.
enum Sample {
    struct Text: Described, Hashable {
        var text: String
        static let schema = JSONSchema.object(["text": .string(maxLength: 1_000_000)], required: ["text"])
    }

    struct Number: Described, Hashable {
        var n: Int
        static let schema = JSONSchema.object(["n": .integer()], required: ["n"])
    }

    struct Cause: Error { var secret = "the password is swordfish" }

    static let echo = Operation<Text, Text>("test/echo", .query, summary: "Says it back")
    static let open = Operation<Text, Text>(
        "test/open", .query, resource: .init("box", at: "text"), summary: "Says it back, to whom it may be said")
    static let wait = Operation<Text, Text>("test/wait", .mutation, summary: "Waits until it is let go")
    static let ask = Operation<Text, Text>("test/ask", .query, summary: "Waits until it is let go")
    static let fail = Operation<Text, Text>("test/fail", .query, summary: "Fails with the code it is given")
    static let boom = Operation<Empty, Empty>("test/boom", .query, summary: "Fails inside")
    static let hidden = Operation<Empty, Empty>(
        "test/hidden", .query, visibility: .internal_, summary: "Not from the wire")
    static let count = Operation<Number, Number>("test/count", .subscription, summary: "Counts")
    static let pipe = Operation<Text, Text>("test/pipe", .session, summary: "stdin to stdout")
    static let bytes = Operation<Text, Text>("test/bytes", .session, carriage: .bytes, summary: "Bytes back")

    static let caller = Caller(peer: "p1", name: "ann", role: "admin", grants: [Grant(scopes: ["*"])])
}

/// Serves the sample operations over a pair in memory; the test is the caller.
final class DispatchBench: Sendable {
    let clock = ManualClock()
    let deadlines: DeadlineQueue
    let audits = Recorder<AuditEvent>()
    /// What handlers noticed, in order.
    let notes = Recorder<String>()
    let contexts = Recorder<CallContext>()
    /// Lets the waiting handlers go.
    let gate = Gate()
    private let made = Mutex<Dispatcher?>(nil)

    init() throws {
        deadlines = DeadlineQueue(clock: clock)
        let registry = try OperationRegistry(entries())
        let audits = audits
        let dispatcher = Dispatcher(
            registry: registry, deadlines: deadlines, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            audit: { audits.add($0) },
            translate: { $0 is EnvelopeError ? CallError(.conflict, "translated") : nil },
            names: { resource, text in
                if text == "broken" { throw EnvelopeError.empty }
                return text == "alias" ? [resource.kind + "-1"] : [text]
            })
        made.withLock { $0 = dispatcher }
    }

    var dispatcher: Dispatcher {
        get throws {
            guard let dispatcher = made.withLock({ $0 }) else { throw CancellationError() }
            return dispatcher
        }
    }

    /// Starts a stream of which the test holds the caller's end.
    func stream(capacity: Int = 256 * 1024, caller: Caller = Sample.caller) throws -> Wire {
        let pair = CallStreamPair(capacity: capacity)
        try dispatcher.start(pair.second) { _ in caller }
        return Wire(pair)
    }

    /// An opener whose streams end here.
    func opener() throws -> MemoryOpener {
        let dispatcher = try dispatcher
        return MemoryOpener { stream in dispatcher.start(stream) { _ in Sample.caller } }
    }

    /// Lets time pass, and returns when every deadline within it has been looked at: the queue sleeps again.
    func letPass(_ duration: Duration) async throws {
        try await eventually { clock.sleepers == 1 }
        clock.advance(by: duration)
        try await eventually { clock.sleepers == 1 }
    }

    /// Lets time pass until `condition` holds.
    func passTime(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: @Sendable () async throws -> Bool
    ) async throws {
        try await eventually(sourceLocation: sourceLocation) {
            clock.advance(by: .milliseconds(100))
            return try await condition()
        }
    }

    private func entries() -> [OperationEntry] {
        let (notes, gate, contexts) = (notes, gate, contexts)
        let waiting: @Sendable (Sample.Text, CallContext) async throws -> Sample.Text = { input, context in
            contexts.add(context)
            notes.add("started")
            do {
                try await gate.wait()
            } catch {
                notes.add("cancelled")
                throw error
            }
            notes.add("done")
            return input
        }
        return [
            Sample.echo.handled { input, context in
                contexts.add(context)
                return input
            },
            Sample.open.handled { input, context in
                contexts.add(context)
                return input
            },
            Sample.wait.handled(waiting), Sample.ask.handled(waiting),
            Sample.fail.handled { input, _ in
                throw CallError(ErrorCode(rawValue: input.text), "as asked", details: ["a": 1])
            },
            Sample.boom.handled { _, _ in throw Sample.Cause() },
            Sample.hidden.handled { _, _ in Empty() },
            Sample.count.subscribed { input, _, sink in
                notes.add("started")
                for number in 0..<max(0, input.n) { try await sink.send(Sample.Number(n: number)) }
                if input.n < 0 {
                    do {
                        while true { try await sink.send(Sample.Number(n: 0)) }
                    } catch {
                        notes.add("cancelled")
                        throw error
                    }
                }
                if input.n == 0 { throw EnvelopeError.empty }
            },
            Sample.pipe.sessioned { input, context, session in
                contexts.add(context)
                if input.text == "refuse" { throw CallError(.notFound, "no such program") }
                if input.text == "forget" { return }
                try session.accept(input)
                notes.add("started")
                do {
                    while let part = try await session.next() {
                        if case .bytes(_, let bytes) = part { try await session.send(.stdout, bytes) }
                    }
                } catch {
                    notes.add("cancelled")
                    throw error
                }
                if input.text == "fail" { throw CallError(.conflict, "late") }
                notes.add("done")
            },
            Sample.bytes.sessioned { input, _, session in
                try session.accept(input)
                while let bytes = try await session.nextBytes() { try await session.sendRaw(bytes) }
            },
        ]
    }
}

/// Lets tasks wait until it is opened; cancelling ends the wait.
final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream<Void>.makeStream()
    private let isOpen = Mutex(false)

    func open() {
        isOpen.withLock { $0 = true }
        continuation.finish()
    }

    func wait() async throws {
        for await _ in stream {}
        if !isOpen.withLock({ $0 }) { throw CancellationError() }
    }
}

/// The caller's end of a stream, in envelopes.
final class Wire: Sendable {
    let pair: CallStreamPair
    private let decoder = Mutex(EnvelopeDecoder())

    init(_ pair: CallStreamPair) { self.pair = pair }

    var stream: MemoryStream { pair.first }

    func send(_ envelope: Envelope) {
        var bytes = ByteBuffer()
        bytes.writeEnvelope(envelope)
        stream.push(bytes)
    }

    func request<Input, Output>(
        _ operation: Operation<Input, Output>, _ input: Input, carriage: Carriage? = nil, deadlineMs: Int64? = nil,
        key: String? = nil, thenAbort: Bool = false
    ) throws {
        try request(
            CallRequest(
                operation: operation.name, input: try JSONCoding.encode(input), carriage: carriage,
                deadlineMs: deadlineMs, idempotencyKey: key), thenAbort: thenAbort)
    }

    func request(_ request: CallRequest, thenAbort: Bool = false) throws {
        var bytes = ByteBuffer()
        bytes.writeEnvelope(Envelope(.requested, id: "42", payload: try JSONCoding.encode(request)))
        if thenAbort { bytes.writeEnvelope(.aborted(id: "42")) }
        stream.push(bytes)
    }

    /// The next envelope; nil after END.
    func next() async throws -> Envelope? {
        while true {
            if let envelope = try decoder.withLock({ try $0.next() }) { return envelope }
            guard let bytes = try await stream.read() else {
                try decoder.withLock { try $0.finish() }
                return nil
            }
            decoder.withLock { $0.append(bytes) }
        }
    }

    /// All envelopes up to END.
    func all() async throws -> [Envelope] {
        var all: [Envelope] = []
        while let envelope = try await next() { all.append(envelope) }
        return all
    }

    /// The error of the one envelope that is expected.
    func error() async throws -> CallError? {
        let all = try await all()
        guard all.count == 1, let first = all.first, first.kind == .error else { return nil }
        return try JSONCoding.decode(CallError.self, from: first.payload)
    }

    /// Bytes that followed the envelopes.
    func rest() -> ByteBuffer { decoder.withLock { $0.takeRest() } }
}
