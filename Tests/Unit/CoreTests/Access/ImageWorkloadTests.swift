import CallProtocol
import Core
import Link
import Operations
import Store
import TestKit
import Testing

@Suite("Who may submit workloads with an image")
struct ImageWorkloadTests {
    @Test("whoever may make containers too, and for the nodes where they may")
    func scopes() async throws {
        try await HubFixture.with { hub in
            try await hub.addRole("runner", [Grant(scopes: ["workload:*"])])
            let runner = try await hub.operator_(role: "runner", name: "runner")
            _ = try await hub.submit(runner)
            var refused: CallError?
            do { _ = try await hub.submit(runner) { $0.image = "busybox" } } catch { refused = error as? CallError }
            #expect(refused?.code == .forbidden && refused?.message.contains("container:create") == true)
            let admin = try await hub.operator_()
            let id = try await hub.submit(admin) { $0.image = "busybox" }
            // It is accepted, and says what it waits for.
            try await eventually {
                let view = try await admin.call(WorkloadOperations.show, WorkloadRef(workload: id))
                return view.state == "queued" && !(view.reason ?? "").isEmpty
            }
        }
    }

    @Test("the nodes are those that both scopes reach")
    func reach() throws {
        let (a, b) = (try LabelSelector(parsing: ["site=a"]), try LabelSelector(parsing: ["gpu=yes"]))
        let elsewhere = try LabelSelector(parsing: ["site=b"])
        func reach(_ grants: [Grant]) -> NodeReach {
            Caller(peer: "p", name: "p", role: "r", grants: grants)
                .reach(AccessRule(scope: "workload:submit"), and: AccessRule(scope: "container:create"))
        }
        #expect(reach([Grant(scopes: ["*"])]) == .everything)
        #expect(reach([Grant(scopes: ["workload:*"])]) == .labelled([]))
        let both = reach([Grant(scopes: ["workload:*"], nodes: a), Grant(scopes: ["container:*"], nodes: b)])
        #expect(both.covers(node: ["site": "a", "gpu": "yes"]) && !both.covers(node: ["site": "a"]))
        let none = reach([Grant(scopes: ["workload:*"], nodes: a), Grant(scopes: ["container:*"], nodes: elsewhere)])
        #expect(!none.covers(node: ["site": "a"]) && !none.covers(node: ["site": "b"]))
    }
}
