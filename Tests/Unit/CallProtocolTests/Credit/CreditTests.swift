import CallProtocol
import TestKit
import Testing

@Suite("Credit is never more than is due")
struct CreditTests {
    @Test("what may be sent is what was granted, and never above 2^31-1")
    func sending() {
        var credit = SendCredit(100)
        let taken = (0..<3).map { _ in credit.take(60) }
        #expect(taken == [60, 40, 0])
        let granted = [Credit.maximum, 1].map { credit.grant($0) }
        #expect(granted == [true, false])
        #expect(credit.available == Int(Credit.maximum))
        #expect(SendCredit(.max).available == Int(Credit.maximum))
    }

    @Test("bytes beyond the credit are refused and change nothing")
    func receiving() {
        var window = ReceiveWindow(initial: 100)
        let fits = window.receive(100)
        let before = window
        let exceeds = window.receive(1)
        #expect(fits)
        #expect(!exceeds)
        #expect(window == before)
    }

    @Test(
        "sender and receiver agree whatever happens, and the window keeps its rules", arguments: 0..<20 as Range<UInt64>
    )
    func model(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let initial = UInt32(random.int(1_024...200_000))
        var window = ReceiveWindow(initial: initial)
        var sender = SendCredit(initial)
        var budget = random.int(0...40_000_000)
        let whole = budget
        let roundTrip: UInt64? = random.chance(0.1) ? nil : UInt64(random.int(1...200)) * 1_000_000
        var (now, roundStart, consumed, unread): (UInt64, UInt64?, Int, Int) = (1, nil, 0, 0)
        for _ in 0..<4_000 {
            now += UInt64(random.int(0...20_000_000))
            if random.chance(0.01) { window.limit = random.int(1...ReceiveWindow.maximum) }
            let sent = sender.take(random.int(0...100_000))
            let wasDue = window.receive(sent)
            #expect(wasDue)
            unread += sent
            let taken = random.chance(0.3) ? unread : random.int(0...unread)
            guard taken > 0 else { continue }
            let size = window.size
            unread -= taken
            consumed += taken
            let grant = window.consume(taken, now: now, roundTrip: roundTrip) { wanted in
                defer { budget -= min(wanted, budget) }
                return min(wanted, budget)
            }
            #expect(grant >= 0)
            let wasAllowed = sender.grant(UInt32(grant))
            #expect(wasAllowed)
            // What is on its way, unread or may be sent never passes the window; both sides count the same.
            #expect(sender.available + unread <= window.size)
            #expect(sender.available == window.credit)
            #expect(window.unread == unread)
            if window.size != size {
                #expect(window.size > size)
                #expect(window.size <= min(window.limit, 2 * consumed))
                #expect(unread < size / 4)
                #expect(roundStart.map { now - $0 >= roundTrip ?? .max } == true)
            }
            // A round ends when a burst has been taken, not in the middle of it.
            if let roundTrip, roundStart.map({ now - $0 >= roundTrip && unread < size / 4 }) ?? true {
                (roundStart, consumed) = (now, 0)
            }
            #expect(window.grown(from: initial) == whole - budget)
        }
        if roundTrip == nil { #expect(window.size == Int(initial)) }
    }

    @Test(
        "the last of the credit always comes back when everything was read",
        arguments: [1, 3, 4, 1_000, 65_536] as [UInt32])
    func noDeadlock(initial: UInt32) {
        var window = ReceiveWindow(initial: initial)
        var sender = SendCredit(initial)
        for round in 0..<200 {
            let sent = sender.take(.max)
            #expect(sent > 0, "round \(round): the sender is stuck")
            let isGood = window.receive(sent)
            let mayGrant = sender.grant(UInt32(window.consume(sent, now: 0, roundTrip: nil) { $0 }))
            #expect(isGood && mayGrant)
        }
    }

    @Test("a window grows though what comes in a burst is taken a part at a time")
    func growsInBursts() {
        var window = ReceiveWindow()
        var now: UInt64 = 0
        for _ in 0..<12 {
            let burst = window.credit
            _ = window.receive(burst)
            now += 100_000_000
            for part in 0..<8 {
                _ = window.consume(part < 7 ? burst / 8 : burst - burst / 8 * 7, now: now, roundTrip: 100_000_000) {
                    $0
                }
            }
        }
        #expect(window.size == ReceiveWindow.maximum)
    }

    @Test("a fast reader on a long path gets the largest window, and no more than 16 MiB")
    func growsToTheLimit() {
        var window = ReceiveWindow()
        var now: UInt64 = 0
        for _ in 0..<20 {
            let bytes = window.credit
            _ = window.receive(bytes)
            now += 100_000_000
            _ = window.consume(bytes, now: now, roundTrip: 100_000_000) { $0 }
        }
        #expect(window.size == 16 * 1024 * 1024)
    }

    @Test("a budget is never overdrawn")
    func budget() {
        let budget = AssemblyBudget(limit: 100)
        #expect(budget.take(60))
        #expect(!budget.take(41))
        #expect(budget.take(40))
        budget.give(back: 100)
        #expect(budget.take(100))
    }
}
