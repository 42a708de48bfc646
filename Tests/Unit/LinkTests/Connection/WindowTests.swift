import CallProtocol
import NIOCore
import Testing

@testable import Link

@Suite("Receive windows on a link")
struct WindowTests {
    /// Moves `rounds` full windows through stream 1, a round trip each.
    private func flow(_ bench: LinkBench, rounds: Int) throws -> Int {
        let stream = try #require(try bench.accepted().stream)
        var due = Int(Credit.initial)
        for _ in 0..<rounds {
            var left = due
            due = 0
            while left > 0 {
                let size = min(left, 65_536)
                try bench.say(.data(stream: 1, .zeros(size)))
                left -= size
                bench.pass(0.0001)
                stream.consumed(size)
            }
            bench.pass(0.05)
            for frame in try bench.heard() {
                if case .credit(1, let bytes) = frame { due += Int(bytes) }
                if case .ping(let token) = frame { try bench.say(.pong(token)) }
            }
        }
        return stream.window.size
    }

    /// A link with a measured round trip of 50 ms and stream 1 open.
    private func bench(budget: WindowBudget = WindowBudget(), settings: LinkSettings = LinkSettings()) throws
        -> LinkBench
    {
        let bench = try LinkBench(.listener, settings: settings, budget: budget)
        try bench.sayHello()
        let pings = try bench.heard()
        bench.pass(0.05)
        for case .ping(let token) in pings { try bench.say(.pong(token)) }
        try bench.say(.open(stream: 1, credit: 1))
        return bench
    }

    @Test("credit comes back in quarters of the window, and never for what was not consumed")
    func quarters() throws {
        let bench = try bench()
        let stream = try #require(try bench.accepted().stream)
        try bench.say(.data(stream: 1, .zeros(40_000)))
        #expect(try bench.heard().isEmpty)
        stream.consumed(16_383)
        #expect(try bench.heard().isEmpty)
        stream.consumed(1)
        #expect(try bench.heard().map(\.brief) == ["credit 1 16384"])
    }

    @Test("the window grows while the consumer keeps up, out of the budget, and gives it back at the end")
    func growth() throws {
        let budget = WindowBudget()
        let bench = try bench(budget: budget)
        #expect(try flow(bench, rounds: 12) > 1 << 20)
        #expect(budget.take(upTo: .max) < WindowBudget.perProcess)
    }

    @Test("what growth took is there again when the stream is reset", arguments: [true, false])
    func givenBack(byUs: Bool) throws {
        let budget = WindowBudget()
        let bench = try bench(budget: budget)
        _ = try flow(bench, rounds: 6)
        let stream = try #require(try bench.accepted().stream)
        #expect(bench.handler.linkBudget < WindowBudget.perLink)
        if byUs { stream.reset(.aborted, "") } else { try bench.say(.reset(stream: 1, code: .aborted, reason: "")) }
        #expect(bench.handler.linkBudget == WindowBudget.perLink)
        #expect(budget.take(upTo: .max) == WindowBudget.perProcess)
    }

    @Test("reading what is left of a closed stream takes nothing out of the budget")
    func readAfterTheEnd() throws {
        let budget = WindowBudget()
        let bench = try bench(budget: budget)
        let stream = try #require(try bench.accepted().stream)
        try bench.say(.data(stream: 1, .zeros(60_001)))
        stream.consumed(1)
        try bench.say(.end(stream: 1))
        stream.end()
        _ = try bench.heard()
        bench.pass(1)
        stream.consumed(60_000)
        #expect(bench.handler.linkBudget == WindowBudget.perLink)
        #expect(budget.take(upTo: .max) == WindowBudget.perProcess)
    }

    @Test("no credit is granted after the peer's END")
    func afterEnd() throws {
        let bench = try bench()
        try bench.say(.data(stream: 1, .zeros(60_000)), .end(stream: 1))
        try #require(try bench.accepted().stream).consumed(60_000)
        #expect(try bench.heard().isEmpty)
    }

    @Test("a link never takes more than its own budget")
    func linkBudget() throws {
        var settings = LinkSettings()
        settings.windowBudget = 100_000
        let bench = try bench(settings: settings)
        #expect(try flow(bench, rounds: 12) == 65_536 + 100_000)
    }

    @Test("links share the budget of the process")
    func processBudget() throws {
        let bench = try bench(budget: WindowBudget(limit: 50_000))
        #expect(try flow(bench, rounds: 12) == 65_536 + 50_000)
    }

    @Test("a stream that is spliced keeps its window within 1 MiB")
    func limited() throws {
        let bench = try bench()
        try #require(try bench.accepted().stream).limitWindow(to: 1 << 20)
        #expect(try flow(bench, rounds: 12) == 1 << 20)
    }
}
