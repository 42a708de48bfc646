import CallProtocol
import Core
import Link
import Operations
import Store
import Synchronization
import TestKit
import Testing

@Suite("A node is removed by force")
struct RemovalTests {
    @Test("who follows the output there hears of the end, and nothing of a key that is not known")
    func follower() async throws {
        try await Self.withRunning(retries: 0) { hub, admin, id in
            let logs = try admin.subscribe(
                WorkloadOperations.logs, WorkloadLogsInput(workload: id, follow: true))
            _ = try await admin.call(NodeOperations.remove, NodeRemoval(node: "n1", force: true))
            var kinds: [LogPiece.Kind] = []
            while let piece = try await logs.next() { kinds.append(piece.kind) }
            #expect(kinds == [.end])
            let view = try await admin.call(WorkloadOperations.show, WorkloadRef(workload: id))
            #expect(view.state == "lost")
            #expect(view.reason == "n1 was removed")
            #expect(view.node == "n1")
            #expect(view.attempts.map(\.node) == ["n1"])
        }
    }

    @Test(
        "a workload that may run nowhere else ends as failed and says why; its node keeps its name for who looks back")
    func pinned() async throws {
        try await Self.withRunning(retries: 3) { hub, admin, id in
            _ = try await admin.call(NodeOperations.remove, NodeRemoval(node: "n1", force: true))
            try await eventually {
                hub.pass(1_000)
                return try await hub.workload(id)?.state == .failed
            }
            #expect(try await hub.workload(id)?.reason == "it was to run on n1 alone, which was removed")
            #expect(try await hub.events("workload.failed").map(\.subject) == [id])
            try await hub.core.directory.load(from: hub.store)
            let view = try await admin.call(WorkloadOperations.show, WorkloadRef(workload: id))
            #expect(view.attempts.map(\.node) == ["n1"])
        }
    }

    /// A workload that is pinned to the node n1 and runs there.
    private static func withRunning(
        retries: Int, _ body: (HubFixture, CallClient, String) async throws -> Void
    ) async throws {
        try await HubFixture.with { hub in
            let (admin, spoke) = (try await hub.operator_(), FakeSpoke())
            spoke.state.withLock { $0.isHoldingLogs = true }
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            _ = try await spoke.connect(to: hub)
            try await hub.connects(node)
            let id = try await hub.submit(admin) {
                $0.node = "n1"
                $0.retries = retries
            }
            _ = try await hub.attempt(1, of: id, becomes: .running)
            try await body(hub, admin, id)
        }
    }
}
