import NIOCore
import NIOEmbedded
import Testing

@testable import Link

@Suite struct PingClockTests {
    let loop = EmbeddedEventLoop()

    @Test func `each is called at its time, and once`() {
        let clock = PingClock(loop)
        var called: [String] = []
        let first = clock.register { called.append("first") }
        let second = clock.register { called.append("second") }
        clock.call(second, in: .seconds(2))
        clock.call(first, in: .seconds(1))
        loop.advanceTime(by: .milliseconds(999))
        #expect(called == [])
        loop.advanceTime(by: .milliseconds(1))
        #expect(called == ["first"])
        loop.advanceTime(by: .seconds(10))
        #expect(called == ["first", "second"])
    }

    @Test func `those that are due within 10 ms are called together, later ones are not`() {
        let clock = PingClock(loop)
        var called = 0
        for delay: Int64 in [1_000, 1_004, 1_010, 1_011] {
            clock.call(clock.register { called += 1 }, in: .milliseconds(delay))
        }
        loop.advanceTime(by: .seconds(1))
        #expect(called == 3)
        loop.advanceTime(by: .milliseconds(11))
        #expect(called == 4)
    }

    @Test func `one that asks again for a moment soon is called again, and not at once`() {
        let clock = PingClock(loop)
        var called = 0
        var number: UInt64 = 0
        number = clock.register {
            called += 1
            clock.call(number, in: .milliseconds(5))
        }
        clock.call(number, in: .milliseconds(5))
        for round in 1...20 {
            loop.advanceTime(by: .milliseconds(5))
            #expect(called == round)
        }
    }

    @Test func `one that was forgotten is not called, and lets go of what it held`() {
        let clock = PingClock(loop)
        weak var watched: Held?
        do {
            let object = Held()
            watched = object
            let number = clock.register { object.calls += 1 }
            clock.call(number, in: .seconds(1))
            clock.forget(number)
        }
        #expect(watched == nil)
        loop.advanceTime(by: .seconds(2))
    }

    @Test func `a loop has one clock, another has its own`() {
        let clocks = PingClocks()
        let other = EmbeddedEventLoop()
        #expect(clocks.clock(of: loop) === clocks.clock(of: loop))
        #expect(clocks.clock(of: loop) !== clocks.clock(of: other))
    }
}

private final class Held {
    var calls = 0
}
