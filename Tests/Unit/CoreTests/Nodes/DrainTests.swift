import Core
import Operations
import Store
import TestKit
import Testing

@Suite("Draining a node")
struct DrainTests {
    private let n1 = NodeRef(node: "n1")

    @Test("A node on which nothing runs is drained at once, and takes work again when told")
    func idle() async throws {
        try await HubFixture.withNode { hub, _, calls, node in
            #expect(try await calls.call(NodeOperations.drain, n1).drain == "drained")
            #expect(try await hub.events("node.drained").map(\.node) == [node.id])
            let id = try await hub.submit(calls)
            try await eventually { try await hub.workload(id)?.reason.contains("is drained") == true }
            #expect(try await calls.call(NodeOperations.undrain, n1).drain == "none")
            try await hub.becomes(id, .running)
        }
    }

    @Test("A node is drained with the end of the last attempt on it, in the same transaction")
    func busy() async throws {
        try await HubFixture.withNode { hub, spoke, calls, node in
            var attempts: [String] = []
            for _ in 0..<2 {
                attempts.append(try await hub.attempt(1, of: try await hub.submit(calls), becomes: .running))
            }
            #expect(try await calls.call(NodeOperations.drain, n1).drain == "draining")
            try spoke.finish(attempts[0])
            try await eventually { try await hub.store.read { try $0.activeAttempts(on: node.id).count } == 1 }
            #expect(try await calls.call(NodeOperations.show, n1).drain == "draining")
            try spoke.finish(attempts[1])
            try await eventually { try await hub.store.read { try $0.activeAttempts(on: node.id).isEmpty } }
            #expect(try await hub.store.read { try $0.peer(node.id)?.drain } == .drained)
            #expect(try await hub.events("node.drained").count == 1)
            try await eventually { try await calls.call(NodeOperations.show, n1).drain == "drained" }
        }
    }

    @Test("A decision made before a node began to drain is not carried out on it")
    func lateDecision() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            let node = try await hub.add(.spoke, "n1", key: FakeSpoke().key)
            let id = try await hub.submit(calls)
            _ = try await calls.call(NodeOperations.drain, n1)
            let made = try await hub.store.write { transaction in
                try transaction.assign(
                    [Assignment(workloadId: id, generation: 0, nodeId: node, attemptId: "A")], at: 1)
            }
            #expect(made.isEmpty)
        }
    }

    @Test("Changes that come together leave memory and store of one mind")
    func together() async throws {
        try await HubFixture.withNode { hub, _, calls, node in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let input = NodeLabelInput(node: "n1", set: ["k\(number)": "v"], remove: nil)
                        _ = try await calls.call(NodeOperations.label, input)
                    }
                    let operation = number % 2 == 0 ? NodeOperations.drain : NodeOperations.undrain
                    group.addTask { _ = try await calls.call(operation, NodeRef(node: "n1")) }
                }
                try await group.waitForAll()
            }
            let row = try #require(try await hub.store.read { try $0.peer(node.id) })
            let live = try await calls.call(NodeOperations.show, n1)
            #expect(live.drain == row.drain.rawValue)
            #expect(live.labels.count == 40)
            #expect(row.labels.contains("k39") && row.labels.contains("k0"))
        }
    }
}
