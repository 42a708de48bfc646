import Core
import Link
import Operations
import Store
import Synchronization
import TestKit
import Testing

@Suite("A node's facts at the hub")
struct FactsTests {
    @Test("A node that cannot tell its GPUs keeps those that were known; one that has none loses them")
    func gpus() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            let card = HostFacts.GPU(vendor: "nvidia", model: "T4", memory: nil)
            let told: [(gpus: [HostFacts.GPU]?, kept: [HostFacts.GPU])] = [([card], [card]), (nil, [card]), ([], [])]
            for (index, step) in told.enumerated() {
                spoke.state.withLock { state in
                    state.facts.hostname = "time-\(index)"
                    state.facts.gpus = step.gpus
                }
                let link = try await spoke.connect(to: hub, generation: UInt64(index + 1))
                try await eventually { hub.core.directory[node]?.facts?.hostname == "time-\(index)" }
                #expect(hub.core.directory[node]?.facts?.gpus == step.kept)
                link.abort()
            }
        }
    }

    @Test("A node may say any number of what it has, and the hub goes on placing", arguments: [Int.max, Int.min])
    func anyNumber(cpus: Int) async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            spoke.state.withLock { state in
                state.facts.cpus = cpus
                state.facts.memory = Int64(cpus)
            }
            _ = try await spoke.connect(to: hub)
            try await eventually { hub.core.directory[node]?.facts?.cpus == cpus }
            let id = try await hub.submit(try await hub.operator_())
            try await hub.becomes(id, .running)
        }
    }

    @Test("A node that says too much of itself is heard no further, and works all the same")
    func tooMuch() async throws {
        try await HubFixture.with { hub in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "n1", key: spoke.key)
            spoke.state.withLock { $0.facts.hostname = String(repeating: "h", count: 100_000) }
            _ = try await spoke.connect(to: hub)
            let calls = try await hub.operator_()
            let id = try await hub.submit(calls)
            try await hub.becomes(id, .running)
            #expect(hub.core.directory[node]?.facts?.hostname.count ?? 0 < 100_000)
        }
    }
}
