import CallProtocol
import Core
import Operations
import Store
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
}
