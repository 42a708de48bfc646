import CallProtocol
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Mutations that are remembered by their key")
struct RememberedTests {
    private let label = NodeLabelInput(node: "n1", set: ["a": "b"], remove: nil)

    /// A hub with a node, somebody's calls, and who that is.
    private func hub(_ body: (HubFixture, CallClient, String) async throws -> Void) async throws {
        try await HubFixture.with { hub in
            try await hub.add(.spoke, "n1", key: FakeSpoke().key)
            let calls = try await hub.operator_()
            try await body(hub, calls, try await calls.call(PeerOperations.me, Empty()).id)
        }
    }

    @Test("one effect, however many ask at the same time")
    func once() async throws {
        try await hub { hub, calls, _ in
            let views = try await withThrowingTaskGroup(of: NodeView.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await calls.call(NodeOperations.label, label, .init(idempotencyKey: "k"))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(views.allSatisfy { $0.labels == ["a": "b"] })
            #expect(try await hub.events("node.labelled").count == 1)
            let other = NodeLabelInput(node: "n1", set: ["a": "c"], remove: nil)
            let error = await #expect(throws: CallError.self) {
                try await calls.call(NodeOperations.label, other, .init(idempotencyKey: "k"))
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("a key that could not be given back on a full disk blocks nobody")
    func leftOver() async throws {
        try await hub { hub, calls, me in
            let claim = IdempotencyClaim(peerId: me, operation: "node/label", key: "k", fingerprint: "x", at: hub.now)
            let begun = try await hub.store.write { try $0.begin(claim) }
            #expect(begun == .fresh)
            let view = try await calls.call(NodeOperations.label, label, .init(deadlineMs: 5_000, idempotencyKey: "k"))
            #expect(view.labels == ["a": "b"])
            let again = try await calls.call(NodeOperations.label, label, .init(idempotencyKey: "k"))
            #expect(again == view)
            #expect(try await hub.events("node.labelled").count == 1)
        }
    }
}
