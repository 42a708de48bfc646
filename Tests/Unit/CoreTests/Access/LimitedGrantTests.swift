import CallProtocol
import Link
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("A grant that ends at some nodes")
struct LimitedGrantTests {
    private struct Site {
        var hub: HubFixture
        var a: FakeSpoke
        var b: FakeSpoke
        var nodeB: String
        var admin: CallClient
        /// May do everything with workloads and events on nodes of site a.
        var limited: CallClient
    }

    /// A hub with a node at each of two sites.
    private func sites(_ body: (Site) async throws -> Void) async throws {
        try await HubFixture.with { hub in
            let scopes = ["workload:*", "event:*", "node:*"]
            try await hub.addRole("site-a", [Grant(scopes: scopes, nodes: LabelSelector(parsing: ["site=a"]))])
            let (a, b) = (FakeSpoke(), FakeSpoke())
            try await hub.add(.spoke, "a1", key: a.key, labels: ["site": "a"])
            let nodeB = try await hub.add(.spoke, "b1", key: b.key, labels: ["site": "b"])
            _ = try await b.connect(to: hub)
            try await hub.connects(nodeB)
            let admin = try await hub.operator_()
            let limited = try await hub.operator_(role: "site-a", name: "lim")
            try await body(Site(hub: hub, a: a, b: b, nodeB: nodeB, admin: admin, limited: limited))
        }
    }

    private func code(_ body: () async throws -> Void) async -> ErrorCode? {
        do { try await body() } catch let error as CallError { return error.code } catch { return .internalError }
        return nil
    }

    @Test("its workloads are placed on those nodes alone, and wait with that reason")
    func placed() async throws {
        try await sites { site in
            let id = try await site.hub.submit(site.limited)
            let other = try await site.hub.submit(site.admin)
            _ = try await site.hub.attempt(1, of: other, becomes: .running)
            let reason = "the only node that matches, a1, is"
            try await eventually { try await site.hub.workload(id)?.reason.hasPrefix(reason) == true }
            _ = try await site.a.connect(to: site.hub)
            _ = try await site.hub.attempt(1, of: id, becomes: .running)
            #expect(site.b.asked("start") == 1 && site.a.asked("start") == 1)
        }
    }

    @Test("a workload stays within what its submitter might use when its node changes sides or the hub reads it again")
    func kept() async throws {
        try await sites { site in
            let id = try await site.hub.submit(site.limited)
            #expect(try await site.hub.workload(id)?.reach == #"[["site=a"]]"#)
            let free = try await site.hub.submit(site.admin)
            #expect(try await site.hub.workload(free)?.reach == nil)
            // It may go anywhere, so it is to be gone before there is a choice.
            _ = try await site.hub.attempt(1, of: free, becomes: .running)
            let pinned = try await site.hub.submit(site.limited) { $0.node = "a1" }
            let relabel = NodeLabelInput(node: "a1", set: ["site": "c"], remove: nil)
            _ = try await site.admin.call(NodeOperations.label, relabel)
            _ = try await site.a.connect(to: site.hub)
            let reason = "node a1 is none that its submitter may use (site=a)"
            try await eventually { try await site.hub.workload(pinned)?.reason == reason }
            #expect(site.a.asked("start") == 0)
        }
    }

    @Test("a pin to another node is refused at submit, and nothing is kept")
    func pinned() async throws {
        try await sites { site in
            #expect(await code { _ = try await site.hub.submit(site.limited) { $0.node = "b1" } } == .forbidden)
            #expect(await code { _ = try await site.hub.submit(site.limited) { $0.node = site.nodeB } } == .forbidden)
            let kept = try await site.hub.store.read { try $0.workloads() }
            #expect(kept.isEmpty)
            #expect(await code { _ = try await site.hub.submit(site.admin) { $0.node = "b1" } } == nil)
        }
    }

    @Test("others' workloads elsewhere are neither shown, followed, ended nor listed; its own always are")
    func others() async throws {
        try await sites { site in
            let (hub, limited) = (site.hub, site.limited)
            let theirs = try await hub.submit(site.admin) { $0.name = "theirs" }
            let attempt = try await hub.attempt(1, of: theirs, becomes: .running)
            let own = try await hub.submit(limited) { $0.name = "own" }
            let reference = WorkloadRef(workload: theirs)
            #expect(await code { _ = try await limited.call(WorkloadOperations.show, reference) } == .forbidden)
            #expect(await code { _ = try await limited.call(WorkloadOperations.cancel, reference) } == .forbidden)
            let byName = WorkloadRef(workload: "theirs")
            #expect(await code { _ = try await limited.call(WorkloadOperations.cancel, byName) } == .forbidden)
            #expect(
                await code { _ = try await limited.subscribe(WorkloadOperations.watch, reference).next() }
                    == .forbidden)
            let logs = WorkloadLogsInput(workload: theirs)
            #expect(await code { _ = try await limited.subscribe(WorkloadOperations.logs, logs).next() } == .forbidden)
            try site.b.finish(attempt, log: "secret")
            try await hub.becomes(theirs, .succeeded)
            let receipt = WorkloadReceiptInput(workload: theirs)
            #expect(await code { _ = try await limited.call(WorkloadOperations.receipt, receipt) } == .forbidden)
            let listed = try await limited.call(WorkloadOperations.list, WorkloadListInput())
            #expect(listed.workloads.map(\.id) == [own])
            let elsewhere = WorkloadListInput(node: "b1")
            #expect(await code { _ = try await limited.call(WorkloadOperations.list, elsewhere) } == .forbidden)
            let gone = WorkloadRef(workload: "nobody")
            #expect(await code { _ = try await limited.call(WorkloadOperations.show, gone) } == .notFound)
            let ended = try await limited.call(WorkloadOperations.cancel, WorkloadRef(workload: "own"))
            #expect(ended.id == own && ended.state == "cancelled")
        }
    }

    @Test("others' workloads on its nodes may be shown and ended")
    func onOwnNodes() async throws {
        try await sites { site in
            _ = try await site.a.connect(to: site.hub)
            let id = try await site.hub.submit(site.admin) { $0.node = "a1" }
            _ = try await site.hub.attempt(1, of: id, becomes: .running)
            let listed = try await site.limited.call(WorkloadOperations.list, WorkloadListInput())
            #expect(listed.workloads.map(\.id) == [id])
            let shown = try await site.limited.call(WorkloadOperations.show, WorkloadRef(workload: id))
            #expect(shown.attempts.count == 1)
            _ = try await site.limited.call(WorkloadOperations.cancel, WorkloadRef(workload: id))
            try await site.hub.becomes(id, .cancelled)
        }
    }

    @Test("events are its own doings, those of its nodes and of its workloads")
    func events() async throws {
        try await sites { site in
            let theirs = try await site.hub.submit(site.admin)
            let own = try await site.hub.submit(site.limited)
            try await site.hub.store.write { transaction in
                for (node, subject) in [("b1", nil), (nil, theirs), (nil, own), (nil, nil)] as [(String?, String?)] {
                    try transaction.append(
                        EventDraft(at: 1, kind: "x", node: node, subject: subject, message: "\(node ?? "-")"))
                }
            }
            var input = EventWatchInput()
            (input.after, input.kinds) = (0, ["x", "workload.submitted"])
            let seen = try site.limited.subscribe(EventOperations.watch, input)
            var events: [EventView] = []
            while let event = try await seen.next() { events.append(event) }
            #expect(events.map(\.subject) == [own, own])
            (input.after, input.tail) = (nil, 10)
            let recent = try site.limited.subscribe(EventOperations.watch, input)
            #expect(try await recent.next()?.subject == own)
            #expect(try await recent.next()?.subject == own)
            #expect(try await recent.next() == nil)
            input.node = "b1"
            let denied = input
            #expect(
                await code { _ = try await site.limited.subscribe(EventOperations.watch, denied).next() } == .forbidden)
        }
    }
}
