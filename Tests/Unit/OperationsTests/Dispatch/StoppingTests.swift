import CallProtocol
import NIOCore
import Operations
import TestKit
import Testing

@Suite("Calls are stopped by abort, RESET, deadline and the loss of the link", .timeLimit(.minutes(2)))
struct StoppingTests {
    @Test("call.aborted cancels the handler and is answered with call.aborted")
    func aborted() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.wait, .init(text: "x"))
        try await eventually { bench.notes.count == 1 }
        wire.send(.aborted(id: "42"))
        let all = try await wire.all()
        #expect(all == [.aborted(id: "42")])
        #expect(bench.notes.all == ["started", "cancelled"])
        try await eventually { bench.audits.all.map(\.error) == [.aborted] }
    }

    @Test("call.aborted that came with the request cancels too")
    func abortedAtOnce() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.ask, .init(text: "x"), thenAbort: true)
        wire.stream.finish()
        #expect(try await wire.all() == [.aborted(id: "42")])
    }

    @Test("a subscription that writes to a caller who does not read can be aborted")
    func abortedWhileBlocked() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream(capacity: 1_000)
        try wire.request(Sample.count, .init(n: -1))
        try await eventually { bench.notes.count == 1 }
        wire.send(.aborted(id: "42"))
        try await eventually { bench.notes.all.last == "cancelled" }
        let kinds = try await wire.all().map(\.kind)
        #expect(kinds.last == .aborted)
        #expect(kinds.dropLast().allSatisfy { $0 == .responded })
    }

    @Test("RESET cancels the handler, a mutation's too", arguments: [LinkCode.aborted, .timeout])
    func reset(code: LinkCode) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.wait, .init(text: "x"))
        try await eventually { bench.notes.count == 1 }
        wire.stream.reset(code, "enough")
        try await eventually { bench.notes.all == ["started", "cancelled"] }
    }

    @Test("a mutation that has begun outlives its link, a query does not")
    func linkLost() async throws {
        for isMutation in [true, false] {
            let bench = try DispatchBench()
            let wire = try bench.stream()
            try wire.request(isMutation ? Sample.wait : Sample.ask, .init(text: "x"))
            try await eventually { bench.notes.count == 1 }
            wire.pair.lose()
            if !isMutation { try await eventually { bench.notes.all.last == "cancelled" } }
            bench.gate.open()
            try await eventually { bench.notes.count == 2 }
            #expect(bench.notes.all.last == (isMutation ? "done" : "cancelled"))
            if isMutation { try await eventually { bench.audits.all.map(\.error) == [nil] } }
        }
    }

    @Test("the deadline of a call is the handler's side's to keep: TIMEOUT, and the handler is cancelled")
    func deadline() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.ask, .init(text: "x"), deadlineMs: 5_000)
        try await eventually { bench.notes.count == 1 }
        try await bench.letPass(.milliseconds(4_900))
        #expect(bench.notes.count == 1)
        try await bench.passTime { bench.notes.count == 2 }
        #expect(try await wire.error()?.code == .timeout)
        #expect(bench.notes.all == ["started", "cancelled"])
    }

    @Test("without a deadline a query has 30 s and a subscription none")
    func defaults() async throws {
        let bench = try DispatchBench()
        let query = try bench.stream()
        try query.request(Sample.ask, .init(text: "x"))
        let session = try bench.stream()
        try session.request(Sample.pipe, .init(text: "x"), carriage: .raw)
        try await eventually { bench.notes.count == 2 }
        try await bench.letPass(.seconds(29))
        #expect(bench.notes.count == 2)
        try await bench.passTime { bench.notes.all.contains("cancelled") }
        #expect(try await query.error()?.code == .timeout)
        bench.clock.advance(by: .seconds(100_000))
        #expect(session.stream.failure == nil)
        session.stream.finish()
        try await eventually { bench.notes.all.last == "done" }
    }

    @Test("a deadline that is over, or absurd, is a TIMEOUT and no trap", arguments: [0, -1, .min] as [Int64])
    func odd(deadline: Int64) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.ask, .init(text: "x"), deadlineMs: deadline)
        try await bench.passTime { bench.notes.all.contains("cancelled") }
        #expect(try await wire.error()?.code == .timeout)
    }

    @Test("the longest deadline is no trap either")
    func longest() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.echo, .init(text: "x"), deadlineMs: .max)
        #expect(try await wire.all().map(\.kind) == [.responded])
    }

    @Test("a session past its deadline is reset, and no envelope gets among its chunks")
    func sessionDeadline() async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream()
        try wire.request(Sample.pipe, .init(text: "x"), carriage: .raw, deadlineMs: 1_000)
        #expect(try await wire.next()?.kind == .responded)
        try await bench.passTime { wire.stream.failure != nil }
        #expect(wire.stream.failure?.code == .timeout)
        try await eventually { bench.notes.all.last == "cancelled" }
        #expect(wire.rest().readableBytes == 0)
    }

    @Test("subscriptions end as UNAVAILABLE when their side stops", arguments: [-1, 1_000_000])
    func shutdown(count: Int) async throws {
        let bench = try DispatchBench()
        let wire = try bench.stream(capacity: 1_000)
        try wire.request(Sample.count, .init(n: count))
        try await eventually { bench.notes.count == 1 }
        try bench.dispatcher.endSubscriptions()
        let last = try #require(try await wire.all().last)
        #expect(last.kind == .error)
        #expect(try JSONCoding.decode(CallError.self, from: last.payload).code == .unavailable)
    }

    @Test("whatever races, there is exactly one last envelope and nothing after it", arguments: 0..<6 as Range<UInt64>)
    func races(seed: UInt64) async throws {
        for round in 0..<60 {
            var random = SeededRandom(seed: seed << 32 + UInt64(round))
            let bench = try DispatchBench()
            let wire = try bench.stream(capacity: 2_000)
            let subscribes = random.chance(0.5)
            if subscribes {
                try wire.request(Sample.count, .init(n: random.chance(0.5) ? -1 : 200), deadlineMs: 100)
            } else {
                try wire.request(Sample.ask, .init(text: "x"), deadlineMs: 100)
            }
            let (aborts, ends, reads) = (random.chance(0.7), random.chance(0.5), random.int(0...20))
            let kinds = try await withThrowingTaskGroup(of: [Envelope.Kind].self) { group in
                group.addTask {
                    for _ in 0..<reads { await Task.yield() }
                    return try await wire.all().map(\.kind)
                }
                group.addTask {
                    if aborts { wire.send(.aborted(id: "42")) }
                    if ends { bench.gate.open() }
                    return []
                }
                group.addTask {
                    _ = try? await bench.passTime { wire.pair.second.hasEnded || wire.stream.hasEnded }
                    return []
                }
                var all: [Envelope.Kind] = []
                for try await some in group { all += some }
                return all
            }
            let last = try #require(kinds.last)
            #expect(subscribes || kinds.count == 1)
            #expect(kinds.dropLast().allSatisfy { $0 == .responded })
            #expect([.aborted, .error, .completed].contains(last) || (!subscribes && last == .responded))
        }
    }
}
