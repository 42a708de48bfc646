import CallProtocol
import Core
import Operations
import Store
import Synchronization
import TestKit
import Testing

@Suite("Trying again")
struct RetryTests {
    @Test("While a workload waits for another try, it says how the last one ended")
    func reason() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls) { $0.retryOnFailure = true }
            // No time passes, so it is not tried again yet.
            try spoke.finish(try await hub.attempt(1, of: id, becomes: .running), exit: 3)
            try await hub.becomes(id, .queued)
            // Another one is placed: the queue has been looked through since.
            try await hub.becomes(try await hub.submit(calls), .running)
            let reason = try await hub.workload(id)?.reason ?? ""
            #expect(reason.hasPrefix("attempt 1 ended as failed with exit code 3; tried again at "), "\(reason)")
        }
    }

    @Test("What a node says in a word stands in a sentence of the hub as a sentence")
    func words() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls) { ($0.retryOnFailure, $0.timeLimitMs) = (true, 90_000) }
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            spoke.state.withLock { $0.attempts[attempt]?.reason = "time_limit" }
            try spoke.finish(attempt, exit: 143) { $0.reason = "time_limit" }
            try await hub.becomes(id, .queued)
            let shown = try await calls.call(WorkloadOperations.show, WorkloadRef(workload: id))
            let sentence =
                "attempt 1 ended as failed with exit code 143: its time limit of 1m30s was over; tried again at "
            #expect(shown.reason?.hasPrefix(sentence) == true, "\(shown.reason ?? "")")
            // The attempt itself keeps the word, for machines.
            #expect(shown.attempts.first?.reason == "time_limit")
        }
    }
}
