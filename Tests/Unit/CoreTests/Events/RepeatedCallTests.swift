import Synchronization
import Testing

@testable import Core

@Suite("Calls that say the same again and again")
struct RepeatedCallTests {
    @Test("the first is written, and one in ten minutes; others have their own turn")
    func repeated() {
        let now = Clock()
        let calls = RepeatedCalls(monotonic: { now.time.load(ordering: .relaxed) })
        #expect(calls.admits(["a", "n", "h:1", ""]) && !calls.admits(["a", "n", "h:1", ""]))
        #expect(calls.admits(["a", "n", "h:2", ""]) && calls.admits(["a", "n", "h:1", "UNAVAILABLE"]))
        now.time.store(RepeatedCalls.pause - 1, ordering: .relaxed)
        #expect(!calls.admits(["a", "n", "h:1", ""]))
        now.time.store(RepeatedCalls.pause, ordering: .relaxed)
        #expect(calls.admits(["a", "n", "h:1", ""]) && !calls.admits(["a", "n", "h:1", ""]))
    }

    @Test("what is remembered is bounded")
    func bounded() {
        let calls = RepeatedCalls(monotonic: { 0 })
        for number in 0..<RepeatedCalls.most { #expect(calls.admits(["\(number)"])) }
        #expect(calls.admits(["one more"]) && calls.admits(["0"]) && !calls.admits(["0"]))
    }

    private final class Clock: Sendable { let time = Atomic<Int64>(0) }
}
