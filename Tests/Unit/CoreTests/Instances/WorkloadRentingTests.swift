import CallProtocol
import Market
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core

@Suite("Machines rented for workloads")
struct WorkloadRentingTests {
    private func submit(
        _ hub: HubFixture, _ calls: CallClient, _ change: (inout WorkloadSpec) -> Void = { _ in }
    ) async throws -> String {
        try await hub.submit(calls) { spec in
            spec.rent = RentTerms()
            change(&spec)
        }
    }

    private func reason(_ hub: HubFixture, _ id: String, has words: String) async throws {
        let came = try await becomesTrue(within: .seconds(10)) {
            hub.pass(20)
            return try await hub.workload(id)?.reason.contains(words) == true
        }
        if !came { Issue.record("\(try await hub.workload(id)?.reason ?? "")") }
    }

    @Test("a machine comes for it, it runs there and nowhere else, and its node is told nothing of the terms")
    func comes() async throws {
        try await HubFixture.renting(prices: 0.9, 0.4) { hub, market, calls in
            let id = try await submit(hub, calls) { ($0.image, $0.labels) = ("python:3", ["team=a", "rented"]) }
            try await hub.becomes(id, .provisioning)
            try await reason(hub, id, has: "0.4000 USD an hour: booting")
            let order = try #require(market.orders.first)
            #expect(order.image == "python:3" && market.orders.count == 1)
            let (node, spoke) = try await hub.boots(order, as: "i-1")
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            #expect(try await hub.attempts(id).first?.nodeId == node)
            #expect(hub.core.directory[node]?.labels["team"] == "a")
            let held = try #require(hub.core.sessions[node])
            #expect(held.isReady && hub.core.rentals.price(of: node) == 0.4)
            // Another with the same image finds the machine that is there; one with another image does not.
            let same = try await submit(hub, calls) { $0.image = "python:3" }
            _ = try await hub.attempt(1, of: same, becomes: .running)
            let other = try await submit(hub, calls) { $0.image = "node:22" }
            try await hub.becomes(other, .provisioning)
            try await eventually { market.orders.count == 2 }
            try spoke.finish(attempt)
            try await hub.becomes(id, .succeeded)
        }
    }

    @Test("one's own machine is taken where it has room, and nothing is rented")
    func own() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            let spoke = FakeSpoke()
            let node = try await hub.add(.spoke, "mine", key: spoke.key)
            _ = try await spoke.connect(to: hub)
            try await hub.connects(node)
            try await eventually { hub.core.sessions[node]?.isReady == true }
            let id = try await submit(hub, calls)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            #expect(market.orders.isEmpty)
            // More than it has.
            let large = try await submit(hub, calls) { $0.cpus = 64 }
            try await hub.becomes(large, .provisioning)
            try await eventually { market.orders.count == 1 }
        }
    }

    @Test("while nothing can be had it waits, and says for what, and what it would cost")
    func waits() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            _ = try await calls.call(
                BudgetOperations.set, BudgetInput(period: .day, provider: nil, amount: 0.01, currency: nil))
            let poor = try await submit(hub, calls)
            try await reason(hub, poor, has: "acme would do for 0.4000 USD an hour: the budget of the fleet for a day")
            let marked = try await submit(hub, calls) { $0.labels = ["gpu"] }
            try await reason(hub, marked, has: "no rented machine would have the label gpu")
            let cheap = try await submit(hub, calls) { $0.rent?.maxPrice = 0.1 }
            try await reason(hub, cheap, has: "nothing that fits is rented out now")
            #expect(market.orders.isEmpty)
            _ = try await calls.call(BudgetOperations.remove, BudgetRef(period: .day, provider: nil))
            try await hub.becomes(poor, .provisioning)
        }
    }

    @Test(
        "cancelled while its machine comes, it is given back; and one whose machine does not come is in the queue again"
    )
    func ends() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            let id = try await submit(hub, calls)
            try await reason(hub, id, has: "booting")
            _ = try await calls.call(WorkloadOperations.cancel, WorkloadRef(workload: id))
            try await hub.becomes(id, .cancelled)
            try await eventually {
                hub.pass(500)
                return market.instances.isEmpty
            }
            market.with { $0.outcomes = [.refused(.nextOffer, words: "sold out")] }
            let poor = try await submit(hub, calls)
            try await eventually { try await hub.workload(poor)?.reason.contains("no machine came for it") == true }
            // The only offer was tried; after a while it is tried again.
            try await eventually {
                hub.pass(2_000)
                return try await hub.workload(poor)?.state == .provisioning
            }
        }
    }

    @Test("a machine with less than was asked for is given back, and the next offer taken")
    func small() async throws {
        try await HubFixture.renting(prices: 0.1, 0.2) { hub, market, calls in
            let id = try await submit(hub, calls) { $0.cpus = 16 }
            try await reason(hub, id, has: "booting")
            // The fake spoke has eight processors.
            _ = try await hub.boots(try #require(market.orders.first), as: "i-1")
            try await eventually {
                hub.pass(200)
                return market.orders.count == 2
            }
            let large = FakeSpoke()
            large.state.withLock { $0.facts.cpus = 32 }
            _ = try await hub.boots(market.orders[1], as: "i-2", large)
            _ = try await hub.attempt(1, of: id, becomes: .running)
            try await eventually {
                hub.pass(500)
                return market.instances.map(\.id) == ["i-2"]
            }
        }
    }

    @Test("a kind that turned out too small is not rented again, and the queue says so")
    func neverAgain() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await submit(hub, calls) { $0.cpus = 16 }
            try await reason(hub, id, has: "booting")
            _ = try await hub.boots(try #require(market.orders.first), as: "i-1")
            try await reason(hub, id, has: "no machine came for it: has 8 processors")
            // Long after, and for another workload as well.
            hub.pass(300_000)
            try await reason(hub, id, has: "an offer is left out of which machines of the same kind had less")
            let other = try await submit(hub, calls) { $0.cpus = 9 }
            try await reason(hub, other, has: "an offer is left out of which machines of the same kind had less")
            #expect(market.orders.count == 1)
            let small = try await submit(hub, calls) { $0.cpus = 8 }
            try await hub.becomes(small, .provisioning)
        }
    }

    @Test("what its machines may cost together: nothing is rented that could pass it, and what runs is ended in time")
    func cost() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            let poor = try await submit(hub, calls) { $0.rent?.maxCost = 0.05 }
            try await reason(hub, poor, has: "what it may cost, 0.0500 USD, is short by")
            #expect(market.orders.isEmpty)
            let hold = 0.4 * Double(hub.core.configuration.rentHoldMs) / 3_600_000
            let id = try await submit(hub, calls) { $0.rent?.maxCost = hold + 0.2 }
            try await reason(hub, id, has: "booting")
            _ = try await hub.boots(try #require(market.orders.first), as: "i-1")
            _ = try await hub.attempt(1, of: id, becomes: .running)
            // 0.2 USD are half an hour.
            hub.pass(25 * 60_000)
            try await Task.sleep(for: .milliseconds(300))
            #expect(market.instances.count == 1)
            hub.pass(6 * 60_000)
            try await eventually {
                hub.pass(500)
                return market.instances.isEmpty
            }
            try await reason(hub, id, has: "what it may cost")
            #expect(market.orders.count == 1)
        }
    }

    @Test(
        "a machine with a limit is given back when its workload is over, and no other's program is ended for the limit")
    func limitOfOne() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            let hold = 0.4 * Double(hub.core.configuration.rentHoldMs) / 3_600_000
            let id = try await submit(hub, calls) { $0.rent?.maxCost = hold + 0.2 }
            try await reason(hub, id, has: "booting")
            let (_, spoke) = try await hub.boots(try #require(market.orders.first), as: "i-1")
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            let other = try await submit(hub, calls)
            let its = try await hub.attempt(1, of: other, becomes: .running)
            hub.pass(31 * 60_000)
            try await eventually {
                let view = try await calls.call(InstanceOperations.list, InstanceListInput()).instances.first
                return view?.state == "draining" && view?.reason?.contains("may cost is used up") == true
            }
            #expect(try await hub.workload(other)?.state == .running && market.instances.count == 1)
            try spoke.finish(attempt)
            try spoke.finish(its)
            try await hub.becomes(other, .succeeded)
            try await eventually {
                hub.pass(500)
                return market.instances.isEmpty
            }
        }
    }

    @Test("what cannot be rented for is told when it is submitted")
    func refused() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, _, calls in
            for (change, words) in [
                ({ $0.node = "n" }, "node is for a machine that is there"),
                ({ ($0.image, $0.user) = ("a", "b") }, "user is not for rented machines"),
                ({ ($0.image, $0.cmd) = ("a", []) }, "cmd is needed"),
            ] as [((inout WorkloadSpec) -> Void, String)] {
                let refusal = await #expect(throws: CallError.self) { try await submit(hub, calls, change) }
                #expect(refusal?.message.contains(words) == true, "\(refusal?.message ?? "")")
            }
        }
    }
}
