import CallProtocol
import Logging
import NIOCore
import Operations
import TestKit
import Testing

@Suite("Calls are served by the rules of the specification", .timeLimit(.minutes(2)))
struct DispatcherTests {
    /// More than one message can hold.
    static let huge = String(
        decoding: [UInt8](repeating: UInt8(ascii: "x"), count: Envelope.maximumLength), as: UTF8.self)

    @Test("a query has one answer with the id of its request, then END")
    func query() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.echo, .init(text: "hi"))
        wire.stream.finish()
        let all = try await wire.all()
        #expect(all.map(\.kind) == [.responded])
        #expect(all.first?.id == "42")
        #expect(all.first?.payload.description == #"{"output":{"text":"hi"}}"#)
        #expect(bench.audits.all.isEmpty)
    }

    @Test("a request may come in any portions")
    func portions() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        var bytes = ByteBuffer()
        let request = CallRequest(operation: "test/echo", input: RawJSON(["text": "slow"]))
        bytes.writeEnvelope(Envelope(.requested, id: "1", payload: try JSONCoding.encode(request)))
        for byte in bytes.readableBytesView {
            wire.stream.push(ByteBuffer(bytes: [byte]))
            await Task.yield()
        }
        #expect(try await wire.all().map(\.kind) == [.responded])
    }

    @Test("a subscription has its answers, then exactly one end")
    func subscription() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.count, .init(n: 3))
        let all = try await wire.all()
        #expect(all.map(\.kind) == [.responded, .responded, .responded, .completed])
        #expect(all.last?.payload == .emptyObject)
    }

    @Test("a subscription that fails ends with its error and nothing after it")
    func failingSubscription() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.count, .init(n: 0))
        #expect(try await wire.error() == CallError(.conflict, "translated"))
    }

    @Test("an unknown operation, and an internal one, is NOT_FOUND", arguments: ["test/none", "test/hidden", "x", ""])
    func unknown(name: String) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(CallRequest(operation: name))
        #expect(try await wire.error()?.code == .notFound)
    }

    @Test("what is not there is NOT_FOUND also to one who may nothing; what is there is FORBIDDEN")
    func accessOrder() async throws {
        let bench = try DispatchBench()
        let nobody = Caller(peer: "p2", name: "bob", role: "none", grants: [Grant(scopes: ["other:*", "test:echoes"])])
        for (name, code) in [
            ("test/none", ErrorCode.notFound), ("test/hidden", .notFound), ("test/echo", .forbidden),
            // The scope is asked before the carriage and the input.
            ("test/pipe", .forbidden),
        ] {
            let wire = try bench.stream(caller: nobody)
            try wire.request(CallRequest(operation: name, input: RawJSON("nonsense")))
            #expect(try await wire.error()?.code == code)
        }
        let reader = Caller(peer: "p3", name: "eve", role: "r", grants: [Grant(scopes: ["test:echo"])])
        let wire = try bench.stream(caller: reader)
        try wire.request(Sample.echo, .init(text: "x"))
        #expect(try await wire.all().map(\.kind) == [.responded])
    }

    @Test("a grant for some resources lets through the calls that name one of them, by whatever name")
    func resources() async throws {
        let bench = try DispatchBench()
        let grants = [Grant(scopes: ["test:*"], resources: ["box-*"]), Grant(scopes: ["other:*"])]
        let caller = Caller(peer: "p2", name: "bob", role: "boxes", grants: grants)
        for (text, code) in [
            ("box-7", nil), ("alias", nil), ("crate-1", .forbidden), ("broken", .conflict),
        ] as [(String, ErrorCode?)] {
            let wire = try bench.stream(caller: caller)
            try wire.request(Sample.open, .init(text: text))
            guard let code else {
                #expect(try await wire.all().map(\.kind) == [.responded])
                continue
            }
            #expect(try await wire.error()?.code == code, "\(text)")
        }
        // What is wrong with an input that names nothing is told only to whom it would have been done for.
        let nameless = try bench.stream(caller: caller)
        try nameless.request(CallRequest(operation: "test/open", input: RawJSON(["text": 3])))
        #expect(try await nameless.error()?.code == .forbidden)
        // An operation that names no resource is not in a grant for some.
        let other = try bench.stream(caller: caller)
        try other.request(Sample.echo, .init(text: "box-7"))
        #expect(try await other.error()?.code == .forbidden)
    }

    @Test("the handler sees the grants that count for the resource, and all of them where none is for some only")
    func boundCaller() async throws {
        let bench = try DispatchBench()
        let (some, all) = (Grant(scopes: ["test:*"], resources: ["box-*"]), Grant(scopes: ["test:open"]))
        for (grants, left) in [([some, all], [all]), ([all], [all])] {
            let wire = try bench.stream(caller: Caller(peer: "p2", name: "bob", role: "r", grants: grants))
            try wire.request(Sample.open, .init(text: "crate-1"))
            #expect(try await wire.all().map(\.kind) == [.responded])
            #expect(bench.contexts.all.last?.caller.grants == left)
        }
    }

    @Test(
        "a carriage that the operation has not is INVALID_OPERATION_KIND",
        arguments: [
            ("test/echo", Carriage.raw), ("test/count", .bytes), ("test/pipe", .json), ("test/pipe", .bytes),
            ("test/bytes", .raw),
        ])
    func carriage(name: String, carriage: Carriage) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(CallRequest(operation: name, input: RawJSON(["text": "x"]), carriage: carriage))
        #expect(try await wire.error()?.code == .invalidOperationKind)
    }

    @Test("a session that is asked for without a carriage is INVALID_OPERATION_KIND")
    func noCarriage() async throws {
        let wire = try DispatchBench().stream()
        try wire.request(Sample.pipe, .init(text: "x"))
        #expect(try await wire.error()?.code == .invalidOperationKind)
    }

    @Test(
        "an input that does not fit is INVALID_INPUT and names the field",
        arguments: [
            "{}", #"{"text":3}"#, "[]", #"{"text":"a","more":1}"#,
        ])
    func invalidInput(text: String) async throws {
        let wire = try DispatchBench().stream()
        try wire.request(
            CallRequest(operation: "test/echo", input: try RawJSON(validating: ByteBuffer(string: text))))
        let error = try #require(try await wire.error())
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("test/echo"))
    }

    @Test("a request whose payload is none is answered with INVALID_INPUT")
    func badRequest() async throws {
        let wire = try DispatchBench().stream()
        wire.send(Envelope(.requested, id: "9", payload: RawJSON(["operation": "test/echo"])))
        #expect(try await wire.error()?.code == .invalidInput)
    }

    @Test("causes stay inside, codes and details of the operation's own go out")
    func errors() async throws {
        let bench = try DispatchBench()
        let inside = try bench.stream()
        try inside.request(Sample.boom, Empty())
        let error = try #require(try await inside.error())
        #expect(error.code == .internalError)
        #expect(!error.message.contains("swordfish"))
        let own = try bench.stream()
        try own.request(Sample.fail, .init(text: "CONTAINER_ON_FIRE"))
        #expect(
            try await own.error() == CallError(ErrorCode(rawValue: "CONTAINER_ON_FIRE"), "as asked", details: ["a": 1]))
    }

    @Test("unknown envelope types are ignored, before the request and after it")
    func unknownTypes() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        wire.send(Envelope(.unknown("call.hint"), id: "0", payload: .null))
        try wire.request(Sample.ask, .init(text: "x"))
        wire.send(Envelope(.unknown("call.later"), id: "0", payload: .null))
        wire.stream.finish()
        try await eventually { bench.notes.all == ["started"] }
        bench.gate.open()
        #expect(try await wire.all().map(\.kind) == [.responded])
    }

    @Test("END by the caller is never a cancel")
    func end() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.ask, .init(text: "x"))
        wire.stream.finish()
        try await eventually { bench.notes.count == 1 }
        bench.gate.open()
        #expect(try await wire.all().map(\.kind) == [.responded])
    }

    @Test("the stream's end inside an envelope is RESET frame, in the opening and behind it", arguments: [true, false])
    func endInside(inOpening: Bool) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        if !inOpening { try wire.request(Sample.ask, .init(text: "x")) }
        wire.stream.push(ByteBuffer(bytes: [0, 0, 0, 9, 1]))
        wire.stream.finish()
        try await eventually { wire.stream.failure?.code == .frame }
        if !inOpening { try await eventually { bench.notes.all.last == "cancelled" } }
    }

    @Test("a length of nothing or above 64 MiB is RESET frame", arguments: [0, 0x0400_0001, .max] as [UInt32])
    func badLength(length: UInt32) async throws {
        let wire = try DispatchBench().stream()
        wire.stream.push(ByteBuffer(integer: length))
        try await eventually { wire.stream.failure?.code == .frame }
    }

    @Test("a stream that ends without a request is RESET protocol")
    func nothingAsked() async throws {
        let wire = try DispatchBench().stream()
        wire.stream.finish()
        try await eventually { wire.stream.failure?.code == .protocolViolation }
    }

    @Test("a second call on a stream is RESET protocol and stops the first", arguments: [true, false])
    func secondCall(atOnce: Bool) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        var bytes = ByteBuffer()
        let request = CallRequest(operation: "test/ask", input: RawJSON(["text": "x"]))
        let envelope = Envelope(.requested, id: "1", payload: try JSONCoding.encode(request))
        bytes.writeEnvelope(envelope)
        if atOnce { bytes.writeEnvelope(envelope) }
        wire.stream.push(bytes)
        try await eventually { bench.notes.count >= 1 || wire.stream.failure != nil }
        if !atOnce { wire.send(envelope) }
        try await eventually { wire.stream.failure?.code == .protocolViolation }
        try await eventually { bench.notes.all.last == "cancelled" }
    }

    @Test("the idempotency key, the input as it came and the caller reach the handler")
    func context() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.echo, .init(text: "x"), key: "key-1")
        _ = try await wire.all()
        let context = try #require(bench.contexts.all.first)
        #expect(context.idempotencyKey == "key-1")
        #expect(context.operation == "test/echo")
        #expect(context.id == "42")
        #expect(context.caller == Sample.caller)
        #expect(context.input.description == #"{"text":"x"}"#)
    }

    @Test("mutations and sessions that ran are audited once, with their result")
    func audit() async throws {
        let bench = try DispatchBench()
        bench.gate.open()
        let wire = try bench.stream()
        try wire.request(Sample.wait, .init(text: "x"))
        _ = try await wire.all()
        let refused = try bench.stream()
        try refused.request(Sample.pipe, .init(text: "refuse"), carriage: .raw)
        _ = try await refused.all()
        let query = try bench.stream()
        try query.request(Sample.echo, .init(text: "x"))
        _ = try await query.all()
        try await eventually { bench.audits.count == 2 }
        #expect(bench.audits.all.map(\.operation) == ["test/wait", "test/pipe"])
        #expect(bench.audits.all.map(\.error) == [nil, .notFound])
        #expect(bench.audits.all.map(\.caller) == ["p1", "p1"])
    }

    @Test("an answer larger than one message is RESOURCE_EXHAUSTED, not a broken stream")
    func tooLarge() async throws {
        let registry = try OperationRegistry([
            OperationEntry(
                descriptor: Sample.boom.descriptor,
                handler: .unary { _, _ in RawJSON(.string(Self.huge)) })
        ])
        let dispatcher = Dispatcher(registry: registry, logger: .init(label: "test"))
        let pair = CallStreamPair()
        dispatcher.start(pair.second) { _ in Sample.caller }
        let wire = Wire(pair)
        try wire.request(Sample.boom, Empty())
        #expect(try await wire.error()?.code == .resourceExhausted)
    }
}
