import CallProtocol
import Link
import NIOCore
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core

@Suite("Values of variables in the store")
struct EnvironmentSealTests {
    private func spec(_ env: [String: String]?) -> WorkloadSpec {
        var spec = WorkloadSpec(cmd: ["true"])
        spec.env = env
        return spec
    }

    @Test("What was sealed is opened for the same workload and name, and for nothing else")
    func bound() throws {
        let seal = EnvironmentSeal(key: [UInt8](repeating: 1, count: 32))
        let clear = spec(["A": "hunter2", "B": "", "C": "sealed:1:x"])
        let sealed = try seal.sealed(clear, of: "W1")
        #expect(try seal.opened(sealed, of: "W1") == clear)
        #expect(!"\(sealed)".contains("hunter2"))
        #expect(throws: EnvironmentSeal.Unreadable.self) { try seal.opened(sealed, of: "W2") }
        let other = EnvironmentSeal(key: [UInt8](repeating: 2, count: 32))
        #expect(throws: EnvironmentSeal.Unreadable.self) { try other.opened(sealed, of: "W1") }
        let swapped = spec(["B": sealed.env?["A"] ?? ""])
        #expect(throws: EnvironmentSeal.Unreadable.self) { try seal.opened(swapped, of: "W1") }
        // The same value twice does not look alike.
        #expect(try seal.sealed(clear, of: "W1") != sealed)
        // What a hub stored before it sealed anything is what it is.
        #expect(try seal.opened(clear.without("C"), of: "W1") == clear.without("C"))
        #expect(try seal.sealed(spec(nil), of: "W1").env == nil)
    }

    @Test("The store has no value in clear, and the node gets the value")
    func stored() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = try await hub.submit(calls) { $0.env = ["TOKEN": "hunter2"] }
            _ = try await hub.attempt(1, of: id, becomes: .running)
            #expect(spoke.state.withLock { $0.environments } == [["TOKEN": "hunter2"]])
            let stored = try #require(try await hub.workload(id)?.spec)
            #expect(stored.contains("TOKEN") && !stored.contains("hunter2"))
        }
    }

    @Test("Counted is what has not ended and has values")
    func counted() async throws {
        try await HubFixture.withNode { hub, _, calls, _ in
            #expect(try await hub.core.countSealed() == 0)
            let id = try await hub.submit(calls) { $0.env = ["TOKEN": "hunter2"] }
            _ = try await hub.submit(calls)
            #expect(try await hub.core.countSealed() == 1)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            _ = try await hub.store.write { transaction in
                try transaction.finishWorkload(
                    id, generation: 1, state: .failed, exitCode: 1, reason: "", at: hub.now)
            }
            #expect(try await hub.core.countSealed() == 0)
        }
    }

    @Test("Without the key that it was stored with, a workload fails and says so, and nothing is started")
    func lost() async throws {
        try await HubFixture.withNode { hub, spoke, calls, _ in
            let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
            let foreign = try EnvironmentSeal(key: [UInt8](repeating: 9, count: 32))
                .sealed(spec(["TOKEN": "hunter2"]), of: id)
            let record = WorkloadRecord(
                id: id, name: "old", owner: "op", spec: try JSONCoding.encode(foreign).description,
                submittedAt: hub.now)
            _ = try await hub.store.write { try $0.submit(record, claim: nil, answer: []) }
            hub.core.schedulerSignal.fire()
            try await hub.becomes(id, .failed)
            #expect(try await hub.workload(id)?.reason == EnvironmentSeal.Unreadable.reason)
            #expect(spoke.asked("start") == 0)
            let shown = try await calls.call(WorkloadOperations.show, WorkloadRef(workload: id))
            #expect(shown.spec.env == nil && shown.envNames == ["TOKEN"])
        }
    }
}

extension WorkloadSpec {
    fileprivate func without(_ name: String) -> WorkloadSpec {
        var spec = self
        spec.env?[name] = nil
        return spec
    }
}
