import CallProtocol
import Core
import Link
import Operations
import Store
import TestKit
import Testing

@Suite("Results of attempts that were given up")
struct LateResultTests {
    /// Runs a workload on a node that then stays away until the attempt is given up, and comes back.
    private func away(
        retryOnFailure: Bool = false, _ meanwhile: @Sendable (FakeSpoke, String) throws -> Void,
        back body: (HubFixture, FakeSpoke, _ workload: String) async throws -> Void
    ) async throws {
        try await HubFixture.withNode(lostAfterMs: 60_000) { hub, spoke, calls, node in
            let id = try await hub.submit(calls) { $0.retryOnFailure = retryOnFailure }
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            node.link.abort()
            try await eventually { hub.core.presence.link(node.id) == nil }
            hub.pass(100_000)
            _ = try await hub.attempt(1, of: id, becomes: .lost)
            // Drained, so that nothing is placed anew before the test has looked.
            _ = try await calls.call(NodeOperations.drain, NodeRef(node: "n1"))
            try meanwhile(spoke, attempt)
            _ = try await spoke.connect(to: hub, generation: 2)
            try await body(hub, spoke, id)
        }
    }

    @Test("Success after all ends a workload that was not placed again, and its log is kept")
    func success() async throws {
        try await away { spoke, attempt in
            try spoke.finish(attempt, log: "late\n")
        } back: { (hub: HubFixture, spoke: FakeSpoke, id: String) async throws in
            try await hub.becomes(id, .succeeded)
            try await eventually { spoke.asked("forget") >= 1 }
            let record = try #require(try await hub.attempts(id).first)
            #expect(record.state == .lost && record.receipt != nil && record.logBytes == 5)
        }
    }

    @Test("A program that still runs is ended, and its end does not end the workload")
    func stillRunning() async throws {
        try await away { _, _ in
        } back: { (hub: HubFixture, spoke: FakeSpoke, id: String) async throws in
            try await eventually { try await hub.attempts(id).first?.receipt != nil }
            #expect(spoke.running.isEmpty && spoke.asked("cancel") >= 1)
            #expect(try await hub.workload(id)?.state == .queued)
            #expect(try await hub.events("attempt.late").count == 1)
        }
    }

    @Test("A failure ends it, unless failures are tried again")
    func failure() async throws {
        try await away { spoke, attempt in
            try spoke.finish(attempt, exit: 2)
        } back: { (hub: HubFixture, _: FakeSpoke, id: String) async throws in
            try await hub.becomes(id, .failed)
        }
        try await away(retryOnFailure: true) { spoke, attempt in
            try spoke.finish(attempt, exit: 2)
        } back: { (hub: HubFixture, _: FakeSpoke, id: String) async throws in
            try await eventually { try await hub.attempts(id).first?.receipt != nil }
            #expect(try await hub.workload(id)?.state == .queued)
        }
    }

    @Test("A receipt that does not hold is left out with an event, and the result counts")
    func badReceipt() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            try spoke.finish(attempt) { $0.attempt = "ANOTHER" }
            try await hub.becomes(id, .succeeded)
            #expect(try await hub.attempts(id).first?.receipt == nil)
            #expect(try await hub.events("receipt.refused").count == 1)
        }
    }
}
