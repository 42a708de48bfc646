import CallProtocol
import Market
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Rented machines, kept by the hub")
struct KeepingTests {
    @Test("the cheapest is rented, comes as a node that waits for the provider's word, works, idles, and is given back")
    func life() async throws {
        try await HubFixture.renting(prices: 0.9, 0.4) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            let order = try #require(market.orders.first)
            #expect(market.orders.count == 1 && order.offer.price == 0.4)
            #expect(order.name.hasPrefix("capstan-") && order.name.count == 34)
            market.with { $0.getFault = "busy" }
            let (node, spoke) = try await hub.boots(order, as: "i-1")
            try await hub.instance(id, becomes: "enrolled", calls)
            // Nothing reaches it before its provider has said that it is the one.
            #expect(hub.core.directory[node]?.state == .pending)
            market.with { $0.getFault = nil }
            try await hub.instance(id, becomes: "active", passing: 1_000, calls)
            try await eventually { hub.core.sessions[node]?.isReady == true }
            let workload = try await hub.submit(calls) { $0.node = "acme-\(id.suffix(6).lowercased())" }
            let attempt = try await hub.attempt(1, of: workload, becomes: .running)
            hub.pass(3_600_000)
            try await Task.sleep(for: .milliseconds(50))
            #expect(try await hub.shown(calls, id).state == "active", "it works")
            try spoke.finish(attempt, log: "done")
            try await hub.becomes(workload, .succeeded)
            try await hub.instance(id, becomes: "terminated", passing: 10_000, calls)
            #expect(market.instances.isEmpty && hub.core.directory[node] == nil)
            let ended = try await hub.shown(calls, id)
            let cost = try #require(ended.cost)
            #expect(cost > 0.4 && ended.reason == "had nothing to do for 10 min")
            let list = try await calls.call(InstanceOperations.list, InstanceListInput())
            #expect(list.instances.isEmpty && list.burn.isEmpty && list.worstLeak.isEmpty)
            #expect(try await hub.events("instance").map(\.kind).contains("instance.active"))
        }
    }

    @Test("an offer that is gone, or a machine that does not come, is followed by the next cheapest")
    func next() async throws {
        try await HubFixture.renting(prices: 0.1, 0.2, 0.3) { hub, market, calls in
            market.with { $0.outcomes = [.refused(.nextOffer, words: "taken")] }
            let first = try await hub.rent(calls)
            try await hub.instance(first, becomes: "terminated", calls)
            let second = try #require(
                try await until(hub) { try await hub.shown(calls, first).successor })
            try await hub.instance(second, becomes: "booting", calls)
            #expect(try await hub.shown(calls, first).reason == "taken")
            hub.pass(600_000)
            let third = try #require(try await until(hub) { try await hub.shown(calls, second).successor })
            try await hub.instance(third, becomes: "booting", calls)
            try await hub.instance(second, becomes: "terminated", passing: 1_000, calls)
            #expect(market.orders.map(\.offer.price) == [0.1, 0.2, 0.3] && market.instances.count == 1)
            // Nobody wants another when it was released.
            _ = try await calls.call(InstanceOperations.release, InstanceReleaseInput(instance: third))
            try await hub.instance(third, becomes: "terminated", passing: 1_000, calls)
            #expect(try await hub.shown(calls, third).successor == nil && market.instances.isEmpty)
        }
    }

    @Test("what was made although the answer was lost is found by its name; what was not is wished for anew")
    func unclear() async throws {
        try await HubFixture.renting(prices: 0.1, 0.2) { hub, market, calls in
            market.with { ($0.outcomes, $0.makesUnclear) = ([.unclear(words: "500")], true) }
            let found = try await hub.rent(calls)
            try await hub.instance(found, becomes: "booting", passing: 1_000, calls)
            #expect(market.instances.count == 1 && market.orders.count == 1)
            market.with { ($0.outcomes, $0.makesUnclear) = ([.unclear(words: "502")], false) }
            let lost = try await hub.rent(calls) { $0.maxPrice = 0.15 }
            try await hub.instance(lost, becomes: "terminated", passing: 5_000, calls)
            let view = try await hub.shown(calls, lost)
            #expect(view.reason?.hasPrefix("502; nothing was made") == true && view.cost == 0)
        }
    }

    @Test(
        "a spoke with another instance's id, or none, is turned away, and its machine given back",
        arguments: ["i-9", nil])
    func impostor(_ id: String?) async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let instance = try await hub.rent(calls)
            try await hub.instance(instance, becomes: "booting", calls)
            let order = try #require(market.orders.first)
            let refusal = await #expect(throws: CallError.self) { try await hub.boots(order, as: id) }
            #expect(refusal?.code == .instanceMismatch)
            // The right one may still come.
            _ = try await hub.boots(order, as: "i-1")
            try await hub.instance(instance, becomes: "active", calls)
        }
    }

    @Test("release waits for the work; by force it does not, and the workload is tried elsewhere")
    func release() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            let (node, _) = try await hub.boots(try #require(market.orders.first), as: "i-1")
            try await hub.instance(id, becomes: "active", calls)
            let workload = try await hub.submit(calls)
            _ = try await hub.attempt(1, of: workload, becomes: .running)
            _ = try await calls.call(InstanceOperations.release, InstanceReleaseInput(instance: id))
            try await hub.instance(id, becomes: "draining", calls)
            try await eventually { hub.core.directory[node]?.drain == .draining }
            #expect(market.with { $0.ends }.isEmpty)
            _ = try await calls.call(InstanceOperations.release, InstanceReleaseInput(instance: id, force: true))
            try await hub.instance(id, becomes: "terminated", passing: 1_000, calls)
            #expect(try await hub.attempts(workload).first?.state == .lost)
            #expect(try await hub.workload(workload)?.state == .queued && market.instances.isEmpty)
            await #expect(throws: CallError.self) {
                try await calls.call(InstanceOperations.release, InstanceReleaseInput(instance: id))
            }
        }
    }

    @Test(
        "a machine whose node is removed is given back; one whose spoke came as it was released leaves no node behind")
    func nodeless() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            let (node, _) = try await hub.boots(try #require(market.orders.first), as: "i-1")
            try await hub.instance(id, becomes: "active", calls)
            _ = try await calls.call(NodeOperations.remove, NodeRemoval(node: node, force: true))
            try await hub.instance(id, becomes: "terminated", passing: 1_000, calls)
            #expect(try await hub.shown(calls, id).reason == "its node was removed" && market.instances.isEmpty)
            let next = try await hub.rent(calls)
            try await hub.instance(next, becomes: "booting", calls)
            async let came = hub.boots(market.orders[1], as: "i-2")
            _ = try await calls.call(InstanceOperations.release, InstanceReleaseInput(instance: next))
            let left = try? await came.node
            try await hub.instance(next, becomes: "terminated", passing: 1_000, calls)
            if let left { try await eventually { hub.core.directory[left] == nil } }
        }
    }

    private func until<Value: Sendable>(
        _ hub: HubFixture, _ value: @Sendable () async throws -> Value?
    ) async throws -> Value? {
        _ = try await becomesTrue(within: .seconds(20)) {
            hub.pass(100)
            return try await value() != nil
        }
        return try await value()
    }
}
