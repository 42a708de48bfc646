import CallProtocol
import Store
import TestKit
import Testing

@testable import Core
@testable import Operations

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

    /// Operations of a provider, each ending with the same error.
    private struct Failing: OperationSource {
        let error: CallError
        let calls = Recorder<String>()

        func entry(_ name: String, for caller: Caller) throws(CallError) -> OperationEntry? {
            let descriptor = OperationDescriptor(
                name: name, kind: .mutation, inputLimit: 1_024, defaultDeadlineMs: nil, summary: "s", description: "",
                input: .any, output: .any)
            return OperationEntry(
                descriptor: descriptor,
                handler: .unary { _, _ in
                    calls.add(name)
                    throw error
                })
        }

        var descriptors: [OperationDescriptor] { [] }
        func descriptor(_ name: String, for caller: Caller) throws(CallError) -> OperationDescriptor? { nil }
    }

    @Test(
        "what may have happened at a provider is not begun again under its key; what may be tried again is",
        arguments: [
            (CallError(.unavailable, "lost", retryable: false, details: ["mayHaveHappened": true]), 1),
            (CallError(.timeout, "late", retryable: false, details: ["mayHaveHappened": true]), 1),
            (CallError(.unavailable, "refused"), 2),
            (CallError(ErrorCode(rawValue: "HTTP_429"), "later", retryable: true), 2),
            (CallError(ErrorCode(rawValue: "HTTP_400"), "no"), 1),
        ])
    func atProviders(_ error: CallError, _ effects: Int) async throws {
        try await hub { hub, _, me in
            let source = Failing(error: error)
            let caller = Caller(peer: me, name: "a", role: "admin", grants: [Grant(scopes: ["*"])])
            let entry = try #require(
                try RememberingSource(source, core: hub.core).entry("provider.p/make", for: caller))
            guard case .unary(let body) = entry.handler else { return }
            let context = CallContext(
                id: "1", caller: caller, idempotencyKey: "k", operation: "provider.p/make", input: .emptyObject)
            for _ in 1...2 {
                let thrown = await #expect(throws: CallError.self) { try await body(.emptyObject, context) }
                #expect(thrown?.code == error.code && thrown?.details == error.details)
            }
            #expect(source.calls.count == effects)
        }
    }
}
