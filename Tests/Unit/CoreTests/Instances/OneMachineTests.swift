import CallProtocol
import Market
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Offers that are one machine each")
struct OneMachineTests {
    /// Runs `body` where so many machines are offered, the first the cheapest.
    private func with(
        _ count: Int, _ body: (_ hub: HubFixture, _ market: FakeMarket, _ calls: CallClient) async throws -> Void
    ) async throws {
        try await HubFixture.renting { hub, market, calls in
            market.with { state in
                state.offers = (1...count).map { number in
                    var offer = FakeMarket.offer("o\(number)", 0.1 + Double(number) / 1_000)
                    offer.host = "h\(number)"
                    return offer
                }
            }
            try await body(hub, market, calls)
        }
    }

    private func submit(_ count: Int, _ hub: HubFixture, _ calls: CallClient) async throws -> [String] {
        var ids: [String] = []
        for _ in 0..<count { ids.append(try await hub.submit(calls) { $0.rent = RentTerms() }) }
        return ids
    }

    private func orders(_ market: FakeMarket, are count: Int) async throws {
        let came = await becomesTrue { market.orders.count >= count }
        let names = market.orders.map(\.offer.id)
        #expect(came && names.count == count && Set(names).count == count, "\(names)")
    }

    @Test("equal wishes are each for another one, and none is asked for twice")
    func apart() async throws {
        try await with(20) { hub, market, calls in
            let ids = try await submit(20, hub, calls)
            for id in ids { try await hub.becomes(id, .provisioning) }
            try await orders(market, are: 20)
        }
    }

    @Test("those that are refused together go on to different ones")
    func refused() async throws {
        try await with(12) { hub, market, calls in
            market.with { $0.outcomes = Array(repeating: .refused(.nextOffer, words: "sold out"), count: 6) }
            let ids = try await submit(6, hub, calls)
            try await orders(market, are: 12)
            for id in ids { #expect(try await hub.workload(id)?.state == .provisioning) }
        }
    }

    @Test("where all are being rented it says so, and one that is still offered a minute later is taken")
    func all() async throws {
        try await with(2) { hub, market, calls in
            let ids = try await submit(3, hub, calls)
            try await orders(market, are: 2)
            let words = "all offers that fit are being rented just now"
            let last = try #require(ids.last)
            try await eventually { try await hub.workload(last)?.reason.contains(words) == true }
            let refusal = await #expect(throws: CallError.self) { try await hub.rent(calls) }
            #expect(refusal?.code == .resourceExhausted && refusal?.message == words)
            hub.pass(OfferClaims.length)
            try await hub.becomes(last, .provisioning)
        }
    }

    @Test("one that a budget does not allow is kept for nobody")
    func budget() async throws {
        try await with(1) { hub, market, calls in
            _ = try await calls.call(
                BudgetOperations.set, BudgetInput(period: .day, provider: nil, amount: 0.001, currency: nil))
            var ids = try await submit(2, hub, calls)
            ids.append(
                try await hub.submit(calls) { spec in
                    (spec.rent, spec.cpus) = (RentTerms(), 2)
                })
            for id in ids {
                try await eventually { try await hub.workload(id)?.reason.contains("the budget of the fleet") == true }
            }
            await #expect(throws: CallError.self) { try await hub.rent(calls) }
            #expect(market.orders.isEmpty)
            _ = try await calls.call(BudgetOperations.remove, BudgetRef(period: .day, provider: nil))
            try await orders(market, are: 1)
        }
    }

    @Test("one that wants what a budget does not allow keeps the machine from none that wants less of it")
    func smaller() async throws {
        try await with(1) { hub, market, calls in
            market.with { state in
                var large = FakeMarket.offer("large", 10)
                (large.host, large.cpus, state.offers[0].cpus) = (state.offers[0].host, 64, 4)
                state.offers.append(large)
            }
            _ = try await calls.call(
                BudgetOperations.set, BudgetInput(period: .day, provider: nil, amount: 1, currency: nil))
            // Alike and not alike, more than one look could refuse one after the other.
            var dear: [String] = []
            for number in 0..<20 {
                dear.append(
                    try await hub.submit(calls) { spec in
                        (spec.rent, spec.cpus) = (RentTerms(), Double(32 + number / 4))
                    })
            }
            for id in dear {
                try await eventually { try await hub.workload(id)?.reason.contains("the budget of the fleet") == true }
            }
            let id = try #require(try await submit(1, hub, calls).first)
            try await hub.becomes(id, .provisioning)
            try await orders(market, are: 1)
            #expect(market.orders[0].offer.id == "o1")
        }
    }

    @Test("one that was refused waits while the only other one is being rented, and takes it when it is free")
    func patient() async throws {
        try await with(2) { hub, market, calls in
            let first = try await hub.rent(calls)
            try await hub.instance(first, becomes: "booting", calls)
            market.with { $0.outcomes = [.refused(.nextOffer, words: "gone")] }
            let second = try await hub.rent(calls)
            try await hub.instance(second, becomes: "terminated", calls)
            #expect(try await hub.shown(calls, second).successor == nil)
            try await eventually {
                hub.pass(1_000)
                return market.orders.count == 3
            }
            #expect(market.orders.map(\.offer.id) == ["o1", "o2", "o1"])
            try await eventually { try await hub.shown(calls, second).successor != nil }
        }
    }

    @Test("whose limit of costs does not allow it keeps it from nobody")
    func limit() async throws {
        try await with(1) { hub, market, calls in
            let poor = try await hub.submit(calls) { spec in
                spec.rent = RentTerms()
                spec.rent?.maxCost = 0.000_001
            }
            let id = try #require(try await submit(1, hub, calls).first)
            try await hub.becomes(id, .provisioning)
            try await orders(market, are: 1)
            #expect(try await hub.workload(poor)?.state == .queued)
        }
    }

    @Test("a pool gets as many as it wants, more than are looked at in one listing")
    func pool() async throws {
        let count = OfferChoice.most + 10
        try await with(count) { hub, market, calls in
            _ = try await calls.call(PoolOperations.set, PoolInput(name: "fast", count: count))
            try await orders(market, are: count)
            let pool = try await calls.call(PoolOperations.list, Empty()).pools.first
            #expect(pool?.coming == count && pool?.reason == nil, "\(pool?.reason ?? "")")
        }
    }

    @Test("after a restart one that is being made, or was a moment ago, is kept from others still")
    func remembered() async throws {
        try await with(2) { hub, market, calls in
            let (claims, supervisor) = (hub.core.rentals.claims, RentalSupervisor(core: hub.core))
            func isHeld(_ offer: Offer, in milliseconds: Int64 = 0) -> Bool {
                claims.isHeld(offer, at: hub.core.clock.monotonic() + milliseconds)
            }
            let made = try await hub.rent(calls)
            try await hub.instance(made, becomes: "booting", calls)
            market.with { $0.outcomes = [.unclear(words: "a blow")] }
            let unclear = try await hub.rent(calls)
            try await orders(market, are: 2)
            let (first, second) = (market.orders[0].offer, market.orders[1].offer)
            claims.drop(first)
            claims.drop(second, of: unclear)
            #expect(!isHeld(first) && !isHeld(second))
            await supervisor.remember()
            #expect(isHeld(first) && !isHeld(first, in: OfferClaims.length))
            #expect(try await hub.shown(calls, unclear).state == "creating")
            #expect(isHeld(second, in: 10 * OfferClaims.choice))
        }
    }

    @Test("a drained machine of a pool is none that is ready, and another comes for it")
    func drained() async throws {
        try await with(2) { hub, market, calls in
            _ = try await calls.call(PoolOperations.set, PoolInput(name: "fast", count: 1))
            try await orders(market, are: 1)
            let (node, _) = try await hub.boots(market.orders[0], as: "i-1")
            try await eventually { try await calls.call(PoolOperations.list, Empty()).pools.first?.ready == 1 }
            _ = try await calls.call(NodeOperations.drain, NodeRef(node: node))
            try await eventually {
                let pool = try await calls.call(PoolOperations.list, Empty()).pools.first
                return pool?.ready == 0 && pool?.coming == 1
            }
            try await orders(market, are: 2)
            _ = try await hub.boots(market.orders[1], as: "i-2")
            try await eventually { try await calls.call(PoolOperations.list, Empty()).pools.first?.ready == 1 }
            // The drained one is given back like any other that has nothing to do.
            try await eventually {
                hub.pass(5_000)
                return market.instances.map(\.id) == ["i-2"]
            }
        }
    }
}
