import CallProtocol
import NIOCore
import Operations
import Synchronization
import TestKit
import Testing

@Suite("The asking side", .timeLimit(.minutes(2)))
struct CallClientTests {
    /// A peer that answers each call with these envelopes and keeps its streams for the test.
    private final class Puppet: Sendable {
        let streams = Recorder<any CallStream>()
        let requests = Recorder<CallRequest>()
        private let answer: [Envelope]
        private let raw: ByteBuffer
        private let finishes: Bool

        init(_ answer: [Envelope], raw: ByteBuffer = ByteBuffer(), finishes: Bool = true) {
            self.answer = answer
            self.raw = raw
            self.finishes = finishes
        }

        var opener: MemoryOpener {
            MemoryOpener { [self] stream in
                streams.add(stream)
                Task {
                    var reader = OpeningReader()
                    while let bytes = try await stream.read() {
                        guard case .opened(let opening) = try reader.feed(bytes) else { continue }
                        requests.add(opening.request)
                        var bytes = ByteBuffer()
                        for envelope in answer { bytes.writeEnvelope(envelope) }
                        bytes.writeImmutableBuffer(raw)
                        try await stream.write(bytes)
                        if finishes { stream.finish() }
                        return
                    }
                }
            }
        }
    }

    private func responded(_ json: String) -> Envelope {
        Envelope(.responded, id: "1", payload: RawJSON(["output": (try? JSONParser.parse(json)) ?? .null]))
    }

    @Test("a call gives its typed answer, and what went wrong as a typed error")
    func typed() async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        #expect(try await client.call(Sample.echo, .init(text: "hi")).text == "hi")
        await #expect(throws: CallError(.conflict, "as asked", details: ["a": 1])) {
            try await client.call(Sample.fail, .init(text: "CONFLICT"))
        }
        await #expect(throws: CallError(ErrorCode(rawValue: "NEVER_HEARD_OF"), "as asked", details: ["a": 1])) {
            try await client.call(Sample.fail, .init(text: "NEVER_HEARD_OF"))
        }
    }

    @Test("node, deadline and idempotency key travel; a query without a deadline has 30 s")
    func options() async throws {
        let puppet = Puppet([responded(#"{"text":"x"}"#)])
        let client = CallClient(puppet.opener)
        _ = try await client.call(
            Sample.echo, .init(text: "x"), .init(node: .named("gpu"), deadlineMs: 7_000, idempotencyKey: "k"))
        _ = try await client.call(Sample.echo, .init(text: "x"))
        let first = try #require(puppet.requests.all.first)
        #expect(first.operationId == "/test/echo")
        #expect((first.node, first.deadlineMs, first.idempotencyKey) == (.named("gpu"), 7_000, "k"))
        #expect(puppet.requests.all.last?.deadlineMs == 30_000)
    }

    @Test("a call that is answered and ended is not reset")
    func noReset() async throws {
        let puppet = Puppet([responded(#"{"text":"x"}"#)])
        for _ in 0..<50 {
            let ended = Puppet([responded(#"{"text":"x"}"#)])
            let pair = CallStreamPair()
            let client = CallClient(Fixed(pair.first))
            var bytes = ByteBuffer()
            bytes.writeEnvelope(responded(#"{"text":"x"}"#))
            pair.second.push(bytes)
            pair.second.finish()
            _ = try await client.call(Sample.echo, .init(text: "x"))
            #expect(pair.first.failure == nil)
            _ = ended
        }
        _ = puppet
    }

    /// Opens the one stream it was given.
    private struct Fixed: StreamOpener {
        let stream: any CallStream
        init(_ stream: any CallStream) { self.stream = stream }
        func openStream(_ opening: ByteBuffer) -> any CallStream { stream }
    }

    @Test("a subscription gives its outputs, then nil, again and again")
    func subscription() async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        let subscription = try client.subscribe(Sample.count, .init(n: 3))
        var numbers: [Int] = []
        while let output = try await subscription.next() { numbers.append(output.n) }
        #expect(numbers == [0, 1, 2])
        #expect(try await subscription.next() == nil)
        subscription.close()
        #expect(try await subscription.next() == nil)
    }

    @Test("of a subscription what has come is taken without waiting, then its end")
    func takingNow() throws {
        let pair = CallStreamPair()
        let subscription = try CallClient(Fixed(pair.first)).subscribe(Sample.count, .init(n: 2))
        let told = Recorder<Int>()
        #expect(Self.taken(subscription) == [])
        #expect(subscription.whenReady { told.add(1) })
        var bytes = ByteBuffer()
        for envelope in [responded(#"{"n":0}"#), responded(#"{"n":1}"#)] { bytes.writeEnvelope(envelope) }
        pair.second.push(bytes)
        #expect(told.count == 1 && Self.taken(subscription) == ["0", "1"])
        #expect(subscription.whenReady { told.add(2) })
        bytes.clear()
        bytes.writeEnvelope(.completed(id: "1"))
        pair.second.push(bytes)
        #expect(told.all == [1, 2] && Self.taken(subscription) == ["complete"])
        #expect(Self.taken(subscription) == ["complete"])
    }

    @Test("a subscription that breaks off says so to who does not wait")
    func breakingOff() throws {
        let pair = CallStreamPair()
        let subscription = try CallClient(Fixed(pair.first)).subscribe(Sample.count, .init(n: 2))
        let told = Recorder<Int>()
        #expect(subscription.whenReady { told.add(1) })
        pair.lose()
        #expect(told.count == 1 && Self.taken(subscription) == ["UNAVAILABLE"])
    }

    /// The numbers that there are now, and how it goes on where it does not.
    private static func taken(_ subscription: Subscription<Sample.Number>) -> [String] {
        var taken: [String] = []
        do throws(CallError) {
            while true {
                switch try subscription.nextNow() {
                case .output(let number): taken.append("\(number.n)")
                case .complete: return taken + ["complete"]
                case .nothing: return taken
                }
            }
        } catch {
            return taken + [error.code.rawValue]
        }
    }

    @Test("closing a subscription, or letting go of it, ends it on the other side", arguments: [true, false])
    func closing(explicitly: Bool) async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        var subscription: Subscription<Sample.Number>? = try client.subscribe(Sample.count, .init(n: -1))
        #expect(try await subscription?.next()?.n == 0)
        if explicitly { subscription?.close() }
        subscription = nil
        try await eventually { bench.notes.all.last == "cancelled" }
    }

    @Test("cancelling the task aborts the call, and the handler learns it")
    func cancellation() async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        let task = Task { try await client.call(Sample.wait, .init(text: "x")) }
        try await eventually { bench.notes.count == 1 }
        task.cancel()
        await #expect {
            try await task.value
        } throws: { error in
            (error as? CallError)?.code == .aborted
        }
        try await eventually { bench.notes.all.last == "cancelled" }
    }

    @Test("a call in a cancelled task is ABORTED, at any moment")
    func cancelledEarly() async throws {
        let bench = try DispatchBench()
        let client = CallClient(try bench.opener(), deadlines: bench.deadlines)
        for round in 0..<100 {
            let task = Task { try await client.call(Sample.ask, .init(text: "x")) }
            for _ in 0..<round % 10 { await Task.yield() }
            task.cancel()
            await #expect(throws: CallError.self) { try await task.value }
        }
    }

    @Test("a peer that never answers is given up 2 s after the deadline")
    func backstop() async throws {
        let clock = ManualClock()
        let puppet = Puppet([], finishes: false)
        let client = CallClient(puppet.opener, deadlines: DeadlineQueue(clock: clock))
        let task = Task { try await client.call(Sample.ask, .init(text: "x"), .init(deadlineMs: 1_000)) }
        try await eventually { puppet.requests.count == 1 }
        clock.advance(by: .milliseconds(2_900))
        for _ in 0..<50 { await Task.yield() }
        #expect((puppet.streams.all.first as? MemoryStream)?.failure == nil)
        try await eventually {
            clock.advance(by: .milliseconds(50))
            return (puppet.streams.all.first as? MemoryStream)?.failure?.code == .timeout
        }
        await #expect(throws: CallError(.timeout, "no answer within 1000 ms")) { try await task.value }
    }

    @Test("a deadline that is set for a session ends the wait for its acceptance, not the session")
    func sessionBackstop() async throws {
        let clock = ManualClock()
        let silent = Puppet([], finishes: false)
        let task = Task {
            _ = try await CallClient(silent.opener, deadlines: DeadlineQueue(clock: clock))
                .session(Sample.pipe, .init(text: "x"), .init(deadlineMs: 1_000))
        }
        try await eventually { silent.requests.count == 1 }
        try await eventually {
            clock.advance(by: .milliseconds(50))
            return (silent.streams.all.first as? MemoryStream)?.failure?.code == .timeout
        }
        await #expect(throws: CallError.self) { try await task.value }
        let willing = Puppet([responded(#"{"text":"y"}"#)], finishes: false)
        let (_, session) = try await CallClient(willing.opener, deadlines: DeadlineQueue(clock: clock))
            .session(Sample.pipe, .init(text: "x"), .init(deadlineMs: 1_000))
        for _ in 0..<100 {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        try await session.send(.stdin, ByteBuffer(string: "still here"))
    }

    @Test("answers that are none are INTERNAL and never a trap")
    func brokenAnswers() async throws {
        var tooLong = ByteBuffer()
        tooLong.writeInteger(UInt32.max)
        var truncated = ByteBuffer()
        truncated.writeInteger(UInt32(10))
        let puppets = [
            Puppet([]), Puppet([responded(#"{"text":7}"#)]), Puppet([Envelope(.responded, id: "1", payload: .null)]),
            Puppet([Envelope(.error, id: "1", payload: .null)]), Puppet([.completed(id: "1")]),
            Puppet([], raw: tooLong), Puppet([], raw: truncated),
            Puppet([Envelope(.requested, id: "1", payload: .null)]),
        ]
        for puppet in puppets {
            await #expect {
                try await CallClient(puppet.opener).call(Sample.echo, .init(text: "x"))
            } throws: { error in
                (error as? CallError)?.code == .internalError
            }
        }
    }

    @Test("unknown envelopes are ignored, an abort by the other side is ABORTED")
    func others() async throws {
        let puppet = Puppet([Envelope(.unknown("call.progress"), id: "1", payload: .null), responded(#"{"text":"x"}"#)])
        #expect(try await CallClient(puppet.opener).call(Sample.echo, .init(text: "x")).text == "x")
        await #expect(throws: CallError(.aborted, "the call was aborted")) {
            try await CallClient(Puppet([.aborted(id: "1")]).opener).call(Sample.echo, .init(text: "x"))
        }
    }

    @Test("a RESET by the other side is the error its code means")
    func reset() async throws {
        let opener = MemoryOpener { $0.reset(.notFound, "no such thing") }
        await #expect(throws: CallError(.notFound, "no such thing")) {
            try await CallClient(opener).call(Sample.echo, .init(text: "x"))
        }
    }

    @Test("an input larger than one message is refused before it is sent")
    func largeInput() async throws {
        let puppet = Puppet([])
        let input = RawJSON(.string(DispatcherTests.huge))
        await #expect {
            try await CallClient(puppet.opener).call("test/echo", input: input)
        } throws: { error in
            (error as? CallError)?.code == .invalidInput
        }
        #expect(puppet.streams.count == 0)
    }

    @Test("what is assembled of an answer counts against the link, and is given back")
    func assembly() async throws {
        let pair = CallStreamPair(capacity: 1 << 30)
        let client = CallClient(Fixed(pair.first))
        let limit = pair.first.assembly.limit
        let task = Task { try await client.call("test/echo", input: .emptyObject) }
        var bytes = ByteBuffer()
        bytes.writeEnvelope(responded("\"" + String(repeating: "x", count: 1_000_000) + "\""))
        let slice = bytes.readSlice(length: 900_000)
        let start = try #require(slice)
        pair.second.push(start)
        try await eventually {
            guard pair.first.assembly.take(limit) else { return true }
            pair.first.assembly.give(back: limit)
            return false
        }
        pair.second.push(bytes)
        pair.second.finish()
        _ = try await task.value
        #expect(pair.first.assembly.take(limit))
    }
}
