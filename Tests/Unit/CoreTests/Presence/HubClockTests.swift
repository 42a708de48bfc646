import Synchronization
import Testing

@testable import Core

@Suite("The hub's clock")
struct HubClockTests {
    @Test(
        "waits for the next whole second, a whole one where one has just begun",
        arguments: [
            (41_000, 1_000), (41_001, 999), (41_999, 1), (0, 1_000),
        ])
    func second(now: Int, wait: Int) async throws {
        let waited = Mutex(Duration.zero)
        let clock = HubClock(now: { 0 }, monotonic: { Int64(now) }, sleep: { time in waited.withLock { $0 = time } })
        try await clock.nextSecond()
        #expect(waited.withLock { $0 } == .milliseconds(wait))
    }
}
