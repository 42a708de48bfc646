import Testing

@testable import Providers

@Suite("The pace of calls")
struct RateGateTests {
    @Test("turns are an interval apart; one that is too far away is not taken; a pause holds up all")
    func turns() {
        let (gate, now) = (RateGate(), ContinuousClock.now)
        func take(_ operation: String, _ interval: Duration) -> Duration {
            gate.take(operation, every: interval, within: .seconds(3), now: now)
        }
        #expect((0..<4).map { _ in take("a", .seconds(1)) } == [.zero, .seconds(1), .seconds(2), .seconds(3)])
        #expect((0..<3).map { _ in take("a", .seconds(1)) } == [.seconds(4), .seconds(4), .seconds(4)])
        #expect(take("b", .zero) == .zero)
        gate.pause(until: now + .seconds(2))
        gate.pause(until: now + .seconds(1))
        #expect(
            take("b", .zero) == .seconds(2) && take("c", .seconds(1)) == .seconds(2)
                && take("c", .seconds(1)) == .seconds(3))
    }
}
