import CallProtocol
import Link
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("What nodes can be asked")
struct DiscoveryTests {
    private static let extra = Operation<Empty, Empty>("demo/ping", .mutation, summary: "Of one node only")
    private static let missing = Operation<Empty, Empty>("demo/none", .mutation, summary: "Of no node")

    private func names(_ calls: CallClient, _ node: String) async throws -> [String] {
        try await calls.call(OperationOperations.list, Empty(), .init(node: .named(node))).operations.map(\.name)
    }

    private func code(_ body: () async throws -> Void) async -> ErrorCode? {
        do { try await body() } catch { return (error as? CallError)?.code ?? .internalError }
        return nil
    }

    @Test("Each caller sees what it may do on the node, with the node's own operations and without the hub's")
    func filtered() async throws {
        let spoke = FakeSpoke(more: [Self.extra.handled { _, _ in Empty() }])
        try await HubFixture.withNode(spoke: spoke) { hub, _, admin, _ in
            let viewer = try await hub.operator_(role: "viewer", name: "vera")
            #expect(
                try await names(admin, "n1") == [
                    "demo/ping", "host/facts", "host/status", "operation/list", "operation/show", "tty/open",
                ])
            #expect(
                try await names(viewer, "n1") == ["host/facts", "host/status", "operation/list", "operation/show"])
            let options = CallClient.Options(node: .named("n1"))
            let shown = try await admin.call(OperationOperations.show, OperationRef(name: "tty/open"), options)
            #expect(try shown.operation.value()["scope"] == .string("tty:open"))
            for (calls, name) in [(viewer, "tty/open"), (admin, "attempt/start")] {
                let refused = await code {
                    _ = try await calls.call(OperationOperations.show, OperationRef(name: name), options)
                }
                #expect(refused == .notFound)
            }
        }
    }

    @Test("A list is asked for once for all nodes that have it, and goes with its last node")
    func once() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let spokes = [FakeSpoke(), FakeSpoke(), FakeSpoke()]
            var (nodes, links): ([String], [Link]) = ([], [])
            for (number, spoke) in spokes.enumerated() {
                nodes.append(try await hub.add(.spoke, "n\(number)", key: spoke.key))
                links.append(try await spoke.connect(to: hub))
                #expect(try await names(admin, "n\(number)").contains("tty/open"))
            }
            #expect(spokes[0].asked("operation/list") >= 1)
            #expect(spokes[1].asked("operation/") == 0 && spokes[2].asked("operation/") == 0)
            for link in links { link.abort() }
            let gone = nodes
            try await eventually { gone.allSatisfy { hub.core.catalogs.known($0) == nil } }
            try await eventually { hub.core.presence.linkCount == 0 }
            #expect(await code { _ = try await names(admin, "n1") } == .unavailable)
            // Nothing is left of the list: the next node that has it is asked again.
            let next = FakeSpoke()
            try await hub.add(.spoke, "n3", key: next.key)
            _ = try await next.connect(to: hub)
            #expect(try await names(admin, "n3").contains("tty/open"))
            #expect(next.asked("operation/list") >= 1)
        }
    }

    @Test("Calls go by the node's list: what is on it is passed on and audited, what is not is refused here")
    func routed() async throws {
        let spoke = FakeSpoke(more: [Self.extra.handled { _, _ in Empty() }])
        try await HubFixture.withNode(spoke: spoke) { hub, _, admin, _ in
            _ = try await names(admin, "n1")
            let options = CallClient.Options(node: .named("n1"))
            _ = try await admin.call(Self.extra, Empty(), options)
            try await eventually { try await hub.events("call.demo/ping").count == 1 }
            #expect(await code { _ = try await admin.call(Self.missing, Empty(), options) } == .notFound)
        }
    }
}
