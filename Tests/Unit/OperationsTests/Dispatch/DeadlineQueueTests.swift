import Operations
import TestKit
import Testing

@Suite("Deadlines", .timeLimit(.minutes(1)))
struct DeadlineQueueTests {
    @Test("each runs once, not before its time and at most 100 ms after it, unless it was cancelled")
    func order() async throws {
        let clock = ManualClock()
        let queue = DeadlineQueue(clock: clock)
        let ran = Recorder<Int>()
        var tokens: [DeadlineQueue.Token] = []
        for number in 1...20 { tokens.append(queue.schedule(in: Int64(number) * 100) { ran.add(number) }) }
        for number in stride(from: 1, to: 20, by: 2) { queue.cancel(tokens[number]) }
        for step in 1...24 {
            for _ in 0..<2 {
                try await eventually { clock.sleepers == 1 || ran.count == 10 }
                clock.advance(by: .milliseconds(50))
            }
            #expect(ran.all.allSatisfy { $0 <= step })
        }
        try await eventually { ran.count == 10 }
        #expect(ran.all == Array(stride(from: 1, to: 20, by: 2)))
    }

    @Test("any number of milliseconds will do", arguments: [Int64.min, -1, .max])
    func anyNumber(milliseconds: Int64) async throws {
        let clock = ManualClock()
        let queue = DeadlineQueue(clock: clock)
        let ran = Recorder<Int64>()
        let token = queue.schedule(in: milliseconds, grace: 1_000) { ran.add(milliseconds) }
        if milliseconds == .max {
            queue.cancel(token)
            #expect(ran.count == 0)
        } else {
            try await eventually {
                clock.advance(by: .milliseconds(50))
                return ran.count == 1
            }
        }
    }

    @Test("nothing sleeps when nothing is due, and the queue wakes again")
    func rests() async throws {
        let clock = ManualClock()
        let queue = DeadlineQueue(clock: clock)
        let ran = Recorder<Int>()
        for round in 0..<50 {
            let token = queue.schedule(in: 1_000) { ran.add(-1) }
            queue.cancel(token)
            _ = queue.schedule(in: 10) { ran.add(round) }
            try await eventually {
                clock.advance(by: .milliseconds(50))
                return ran.count == round + 1
            }
        }
        try await eventually {
            clock.advance(by: .milliseconds(50))
            return clock.sleepers == 0
        }
        #expect(!ran.all.contains(-1))
    }
}
