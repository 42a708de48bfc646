import Operations
import Store
import TestKit
import Testing

@Suite("Fairness between owners")
struct FairnessTests {
    @Test("When one owner's workloads fill the fleet, another's is next, though it came later")
    func nextSlot() async throws {
        try await HubFixture.withNode { (hub, spoke, alice, _) async throws in
            let bob = try await hub.operator_(name: "bob")
            var running: [String] = []
            for _ in 0..<2 {
                let id = try await hub.submit(alice) { $0.cpus = 4 }
                running.append(try await hub.attempt(1, of: id, becomes: .running))
            }
            let hers = try await hub.submit(alice) { $0.cpus = 4 }
            let his = try await hub.submit(bob) { $0.cpus = 4 }
            try spoke.finish(running[0])
            try await hub.becomes(his, .running)
            #expect(try await hub.workload(hers)?.state == .queued)
            try spoke.finish(running[1])
            try await hub.becomes(hers, .running)
        }
    }
}
