import CallProtocol
import Core
import Operations
import Store
import TestKit
import Testing

@Suite("What may be submitted")
struct SubmitTests {
    @Test("What no node could start is refused with its place")
    func refused() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            let cases: [(@Sendable (inout WorkloadSpec) -> Void, String)] = [
                ({ $0.cmd = [""] }, "cmd[0]"), ({ $0.cmd = ["echo", "a\0b"] }, "cmd[1]"),
                ({ $0.env = ["Q=R": "1"] }, "Q=R"), ({ $0.env = ["": "1"] }, "variable"),
                ({ $0.env = ["A": "\0"] }, "value of A"), ({ $0.cwd = "/a\0" }, "cwd"),
                ({ $0.name = "a b" }, "name"),
            ]
            for (change, words) in cases {
                let error = await #expect(throws: CallError.self) { try await hub.submit(calls, change) }
                #expect(error?.code == .invalidInput)
                #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test("A workload says by name who submitted it")
    func owner() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_(name: "ada")
            let id = try await hub.submit(calls)
            let shown = try await calls.call(WorkloadOperations.show, WorkloadRef(workload: id))
            #expect(shown.ownerName == "ada" && shown.owner != "ada")
            let listed = try await calls.call(WorkloadOperations.list, WorkloadListInput())
            #expect(listed.workloads.map(\.ownerName) == ["ada"])
        }
    }

    @Test(
        "A workload without a name gets its program's, made fit to be shown and asked for",
        arguments: [
            ("/usr/bin/python3", "python3"), ("./train.sh", "train.sh"), ("a\u{1B}[31mb", "a--31mb"),
            ("..", "workload"),
            ("über", "ber"),
        ])
    func named(program: String, name: String) async throws {
        try await HubFixture.with { hub in
            let id = try await hub.submit(try await hub.operator_()) { $0.cmd = [program] }
            #expect(try await hub.workload(id)?.name == name)
        }
    }

    @Test("A repeated submit gets its first answer, whatever has become of the fleet since")
    func repeated() async throws {
        try await HubFixture.with { hub in
            let calls = try await hub.operator_()
            try await hub.add(.spoke, "n1", key: FakeSpoke().key)
            var spec = WorkloadSpec(cmd: ["true"])
            spec.node = "n1"
            let first = try await calls.call(WorkloadOperations.submit, spec, .init(idempotencyKey: "k"))
            _ = try await calls.call(NodeOperations.remove, NodeRemoval(node: "n1"))
            let again = try await calls.call(WorkloadOperations.submit, spec, .init(idempotencyKey: "k"))
            #expect(again == first)
            let another = WorkloadSpec(cmd: ["false"])
            let other = await #expect(throws: CallError.self) {
                try await calls.call(WorkloadOperations.submit, another, .init(idempotencyKey: "k"))
            }
            #expect(other?.code == .conflict)
        }
    }
}
