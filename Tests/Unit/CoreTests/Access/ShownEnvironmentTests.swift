import CallProtocol
import Core
import Link
import NIOCore
import Operations
import Store
import Testing

@Suite("Who sees the variables of a workload's program")
struct ShownEnvironmentTests {
    private let secret = "hunter2-hunter2"

    private func env(_ calls: CallClient, _ workload: String) async throws -> (values: String?, names: [String]?) {
        let shown = try await calls.call(WorkloadOperations.show, WorkloadRef(workload: workload))
        let watched = try calls.subscribe(WorkloadOperations.watch, WorkloadRef(workload: workload))
        #expect(try await watched.next()?.spec.env == shown.spec.env)
        return (shown.spec.env?["TOKEN"], shown.envNames)
    }

    @Test("its owner and who may submit beside it see the values, others the names")
    func shown() async throws {
        try await HubFixture.withNode { hub, _, admin, _ in
            let readers = ["workload:show", "workload:list", "workload:watch", "workload:cancel"]
            try await hub.addRole("reader", [Grant(scopes: readers)])
            let viewer = try await hub.operator_(role: "viewer", name: "vera")
            let reader = try await hub.operator_(role: "reader", name: "rita")
            let fellow = try await hub.operator_(role: "operator", name: "olga")
            let id = try await hub.submit(admin) { $0.env = ["TOKEN": secret, "A": "1"] }
            for calls in [admin, fellow] { #expect(try await env(calls, id) == (secret, ["A", "TOKEN"])) }
            for calls in [viewer, reader] { #expect(try await env(calls, id) == (nil, ["A", "TOKEN"])) }
            let plain = try await hub.submit(admin)
            #expect(try await env(viewer, plain) == (nil, nil))
        }
    }

    @Test("who may submit to some nodes sees those of workloads there, and its own wherever they are")
    func limited() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            for site in ["a", "b"] {
                let spoke = FakeSpoke()
                let node = try await hub.add(.spoke, "n\(site)", key: spoke.key, labels: ["site": site])
                _ = try await spoke.connect(to: hub)
                try await hub.connects(node)
            }
            try await hub.addRole(
                "site-a",
                [
                    Grant(scopes: ["workload:submit"], nodes: LabelSelector(parsing: ["site=a"])),
                    Grant(scopes: ["workload:show", "workload:watch"]),
                ])
            let limited = try await hub.operator_(role: "site-a", name: "lim")
            for (node, sees) in [("na", true), ("nb", false)] {
                let id = try await hub.submit(admin) { ($0.node, $0.env) = (node, ["TOKEN": secret]) }
                _ = try await hub.attempt(1, of: id, becomes: .running)
                #expect(try await env(limited, id) == (sees ? secret : nil, ["TOKEN"]))
            }
            let own = try await hub.submit(limited) { $0.env = ["TOKEN": secret] }
            #expect(try await env(limited, own) == (secret, ["TOKEN"]))
        }
    }

    @Test("lists hold neither, and what is kept of a call with its idempotency key no values")
    func lists() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            var spec = WorkloadSpec(cmd: ["true"])
            spec.env = ["TOKEN": secret]
            for _ in 1...2 {
                let view = try await admin.call(WorkloadOperations.submit, spec, .init(idempotencyKey: "one"))
                #expect(view.spec.env == nil && view.envNames == ["TOKEN"])
            }
            let listed = try await admin.call(WorkloadOperations.list, WorkloadListInput()).workloads
            #expect(listed.map(\.spec.env) == [nil] && listed.map(\.envNames) == [nil])
            let cancelled = try await admin.call(
                WorkloadOperations.cancel, WorkloadRef(workload: listed[0].id), .init(idempotencyKey: "two"))
            #expect(cancelled.spec.env == nil && cancelled.envNames == ["TOKEN"])
        }
    }
}
