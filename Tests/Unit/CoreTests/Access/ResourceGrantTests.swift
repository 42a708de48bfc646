import CallProtocol
import Link
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("A grant for some resources")
struct ResourceGrantTests {
    private func code(_ body: () async throws -> Void) async -> ErrorCode? {
        do { try await body() } catch let error as CallError { return error.code } catch { return .internalError }
        return nil
    }

    @Test("workloads are known by name and id alike, and others are refused in every way")
    func workloads() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let scopes = ["workload:show", "workload:cancel", "workload:watch", "workload:logs"]
            try await hub.addRole("db", [Grant(scopes: scopes, resources: ["db-*"])])
            let team = try await hub.operator_(role: "db", name: "team")
            let mine = try await hub.submit(admin) { $0.name = "db-1" }
            let other = try await hub.submit(admin) { $0.name = "web" }
            for text in [mine, "db-1"] {
                let shown = try await team.call(WorkloadOperations.show, WorkloadRef(workload: text))
                #expect(shown.id == mine)
            }
            for text in [other, "web", "w"] {
                let reference = WorkloadRef(workload: text)
                #expect(await code { _ = try await team.call(WorkloadOperations.show, reference) } == .forbidden)
                #expect(await code { _ = try await team.call(WorkloadOperations.cancel, reference) } == .forbidden)
                #expect(
                    await code { _ = try await team.subscribe(WorkloadOperations.watch, reference).next() }
                        == .forbidden)
                let logs = WorkloadLogsInput(workload: text)
                #expect(await code { _ = try await team.subscribe(WorkloadOperations.logs, logs).next() } == .forbidden)
            }
            let gone = WorkloadRef(workload: "db-2")
            #expect(await code { _ = try await team.call(WorkloadOperations.show, gone) } == .notFound)
            #expect(await code { _ = try await team.call(WorkloadOperations.list, WorkloadListInput()) } == .forbidden)
            #expect(await code { _ = try await hub.submit(team) } == .forbidden)
            let ended = try await team.call(WorkloadOperations.cancel, WorkloadRef(workload: "db-1"))
            #expect(ended.id == mine)
        }
    }

    @Test("nodes are known by name and id alike")
    func nodes() async throws {
        try await HubFixture.with { hub in
            let one = try await hub.add(.spoke, "gpu-1", key: PeerKey())
            let two = try await hub.add(.spoke, "web-1", key: PeerKey())
            try await hub.addRole("gpu", [Grant(scopes: ["node:*"], resources: ["gpu-*"])])
            let team = try await hub.operator_(role: "gpu", name: "team")
            for text in [one, "gpu-1"] {
                #expect(try await team.call(NodeOperations.drain, NodeRef(node: text)).drain == "drained")
            }
            for text in [two, "web-1", String(two.prefix(20))] {
                #expect(await code { _ = try await team.call(NodeOperations.show, NodeRef(node: text)) } != nil)
            }
            #expect(await code { _ = try await team.call(NodeOperations.list, NodeListInput()) } == .forbidden)
        }
    }
}
