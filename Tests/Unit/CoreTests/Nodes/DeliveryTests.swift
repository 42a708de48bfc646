import CallProtocol
import Link
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core

@Suite("What the hub tells a node about attempts")
struct DeliveryTests {
    @Test("A workload is started once and ends with its exit code, a receipt of both sides and its log")
    func wholeLife() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            try spoke.finish(attempt, exit: 7, log: "hello\n")
            try await hub.becomes(id, .failed)
            try await eventually { spoke.asked("forget") == 1 }
            #expect(spoke.asked("start") == 1)
            let record = try #require(try await hub.attempts(id).first)
            #expect(record.exitCode == 7 && record.logsCollected && record.logBytes == 6)
            let view = try await calls.call(WorkloadOperations.receipt, WorkloadReceiptInput(workload: id))
            #expect(view.receipt.signatures.map(\.by) == [.node, .hub])
            let logs = try calls.subscribe(WorkloadOperations.logs, WorkloadLogsInput(workload: id))
            #expect(try await logs.next()?.data == "aGVsbG8K")
            #expect(try await logs.next()?.kind == .end)
        }
    }

    @Test("A start that gets no answer that says anything is said again while the link stands")
    func saidAgain() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            spoke.state.withLock { state in
                state.refusals = [CallError(.unavailable, "not now"), CallError(.internalError, "no idea")]
            }
            let id = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            #expect(spoke.asked("start") == 3)
        }
    }

    @Test("An order that the store holds and nobody gave is given after a while, to each node its own")
    func sweptUp() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let other = FakeSpoke()
            let second = try await hub.add(.spoke, "n2", key: other.key)
            _ = try await other.connect(to: hub)
            try await hub.connects(second)
            var ids: [String] = []
            for (fake, name) in [(spoke, "n1"), (other, "n2")] {
                fake.state.withLock { $0.refusals = [CallError(.unavailable, "not now")] }
                ids.append(try await hub.submit(calls) { $0.node = name })
            }
            for id in ids { _ = try await hub.attempt(1, of: id, becomes: .running) }
            #expect(spoke.asked("start") == 2 && other.asked("start") == 2)
        }
    }

    @Test("A node that never answers a start loses the attempt, and the workload is placed again")
    func givenUp() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            spoke.state.withLock { state in
                state.refusals = Array(repeating: CallError(.internalError, "no idea"), count: 8)
            }
            let id = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: id, becomes: .lost)
            hub.pass(5_000)
            _ = try await hub.attempt(2, of: id, becomes: .running)
        }
    }

    @Test("A node that refuses loses the attempt with its own words as the reason")
    func refused() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            spoke.state.withLock { $0.refusals = [CallError(.resourceExhausted, "disk full on n1")] }
            let id = try await hub.submit(calls)
            let first = try await hub.attempt(1, of: id, becomes: .lost)
            #expect(try await hub.attempts(id).first { $0.id == first }?.reason == "n1: disk full on n1")
        }
    }

    @Test("A cancel given while the start is under way follows it and ends the attempt")
    func cancelBehindStart() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            spoke.hold()
            let id = try await hub.submit(calls)
            try await eventually { spoke.asked("start") == 1 }
            _ = try await calls.call(WorkloadOperations.cancel, WorkloadRef(workload: id))
            #expect(spoke.asked("cancel") == 0)
            spoke.letGo()
            try await hub.becomes(id, .cancelled)
            #expect(spoke.running.isEmpty)
        }
    }

    @Test("A start ordered twice is not sent again when the attempt has come further")
    func orderedTwice() async throws {
        try await HubFixture.withNode { hub, spoke, calls, node in
            let id = try await hub.submit(calls)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            let old = try #require(try await hub.attempts(id).first)
            try spoke.finish(attempt)
            try await eventually { spoke.asked("forget") == 1 }
            hub.core.sessions[node.id]?.deliver(old, WorkloadSpec(cmd: ["true"]))
            let second = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: second, becomes: .running)
            #expect(spoke.asked("start \(attempt)") == 1)
        }
    }
}
