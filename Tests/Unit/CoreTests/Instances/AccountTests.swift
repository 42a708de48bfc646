import CallProtocol
import Market
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("What is in a provider's account, and what can be concluded from it")
struct AccountTests {
    private func list(_ calls: CallClient) async throws -> InstanceList {
        try await calls.call(InstanceOperations.list, InstanceListInput())
    }

    private func reconcile(_ calls: CallClient, _ confirm: Bool = false) async throws -> InstanceAccount? {
        var input = InstanceReconcileInput()
        if confirm { (input.provider, input.confirmEmpty) = ("acme", true) }
        return try await calls.call(InstanceOperations.reconcile, input).accounts.first
    }

    @Test("with the listing broken nothing is made and nothing concluded; it goes on by itself when it is back")
    func broken() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let here = try await hub.rent(calls)
            try await hub.instance(here, becomes: "booting", calls)
            market.with { $0.listingFault = "500 from the fake" }
            #expect(try await reconcile(calls)?.doubt == "500 from the fake")
            let waiting = try await hub.rent(calls)
            hub.pass(300_000)
            try await Task.sleep(for: .milliseconds(100))
            let view = try await hub.shown(calls, waiting)
            #expect(view.state == "intended" && view.reason?.contains("can be listed") == true)
            #expect(market.orders.count == 1 && market.with { $0.ends }.isEmpty)
            #expect(try await hub.events("provider.not-listed").count == 1)
            market.with { $0.listingFault = nil }
            try await hub.instance(waiting, becomes: "booting", passing: 1_000, calls)
            #expect(try await hub.events("provider.listed-again").count == 1)
        }
    }

    @Test("an account that is suddenly empty is not believed, unless each is said to be gone, or somebody says so")
    func empty() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            _ = try await hub.boots(try #require(market.orders.first), as: "i-1")
            try await hub.instance(id, becomes: "active", calls)
            #expect(try await reconcile(calls)?.doubt == nil)
            hub.pass(200_000)
            market.with { $0.listsNothing = true }
            #expect(try await reconcile(calls)?.doubt == "it lists nothing, where an instance should be")
            try await Task.sleep(for: .milliseconds(50))
            #expect(try await hub.shown(calls, id).state == "active")
            // The other witness cannot be had.
            market.with { $0.getFault = "500" }
            #expect(try await reconcile(calls)?.doubt != nil)
            // Somebody says so.
            #expect(try await reconcile(calls, true)?.doubt == nil)
            try await hub.instance(id, becomes: "terminated", passing: 1_000, calls)
        }
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            #expect(try await reconcile(calls)?.doubt == nil)
            hub.pass(200_000)
            // The provider has taken it: both its listing and its own answer say so.
            market.with { $0.instances = [] }
            #expect(try await reconcile(calls)?.doubt == nil)
            try await hub.instance(id, becomes: "terminated", passing: 1_000, calls)
            #expect(try await hub.shown(calls, id).reason?.hasPrefix("acme does not list it any more") == true)
        }
    }

    @Test("another account behind the same key's name is noticed: nothing of what runs in the other is taken for gone")
    func otherAccount() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            #expect(try await reconcile(calls)?.doubt == nil)
            hub.pass(200_000)
            let mine = market.instances
            // A stranger's machine is there, and the provider says of ours that it does not know it.
            market.with { ($0.account, $0.instances) = ("two", []) }
            market.plant("s-1", name: "somebody's")
            let doubt = try await reconcile(calls)
            #expect(doubt?.doubt?.hasPrefix("its key was changed") == true && doubt?.seemsEmpty == true)
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await hub.shown(calls, id).state == "booting")
            // Another key of the same account does no harm.
            market.with { ($0.account, $0.instances) = ("three", mine) }
            #expect(try await reconcile(calls)?.doubt == nil)
            market.with { ($0.account, $0.instances) = ("four", []) }
            #expect(try await reconcile(calls)?.doubt != nil)
            #expect(try await reconcile(calls, true)?.doubt == nil)
            try await hub.instance(id, becomes: "terminated", passing: 1_000, calls)
        }
    }

    @Test("the same account under two names: neither takes the other's machines for orphans")
    func twice() async throws {
        let market = FakeMarket(prices: 0.1)
        try await HubFixture.with(markets: TwoNames(market: market)) { hub in
            let calls = try await hub.operator_()
            let id = try await hub.rent(calls) { $0.provider = "acme" }
            try await hub.instance(id, becomes: "booting", calls)
            for _ in 0..<5 {
                hub.pass(100_000)
                _ = try await calls.call(InstanceOperations.reconcile, InstanceReconcileInput())
            }
            try await Task.sleep(for: .milliseconds(100))
            #expect(market.with { $0.ends }.isEmpty && market.instances.count == 1)
            #expect(try await list(calls).others.isEmpty)
        }
    }

    @Test("a stranger's is shown with its price and never touched; an orphan is ended after a grace, as is a twin")
    func others() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            let own = try #require(market.orders.first?.name)
            market.plant("x-1", name: "stranger", price: 2.5)
            // Another hub's in the same account.
            market.plant("x-2", name: own.prefix(18) + (own.contains("zzzz") ? "yyyy" : "zzzz") + own.suffix(12))
            market.plant("x-3", name: own)
            market.plant("x-4", name: own.dropLast(4) + "0000")
            _ = try await reconcile(calls)
            let others = try await list(calls).others
            #expect(others.map(\.id) == ["x-1", "x-2", "x-3", "x-4"])
            #expect(others.map(\.state) == ["foreign", "foreign", "orphan", "orphan"] && others[0].price == 2.5)
            hub.pass(290_000)
            _ = try await reconcile(calls)
            #expect(market.instances.count == 5, "the grace is not over")
            hub.pass(20_000)
            try await eventually {
                hub.pass(1_000)
                _ = try await reconcile(calls)
                return market.instances.map(\.id) == ["i-1", "x-1", "x-2"]
            }
            try await eventually {
                hub.pass(1_000)
                return try await list(calls).instances.map(\.id) == [id]
            }
            #expect(Set(market.with { $0.ends }) == ["x-3", "x-4"])
            // One that shows up again after its proved end is ended again.
            market.plant("x-3", name: own)
            try await eventually {
                hub.pass(1_000)
                _ = try await reconcile(calls)
                return market.instances.map(\.id) == ["i-1", "x-1", "x-2"]
            }
        }
    }

    @Test("what an end was taken for and not carried out is ended again, until no listing has it")
    func stubborn() async throws {
        try await HubFixture.renting(prices: 0.1) { hub, market, calls in
            let id = try await hub.rent(calls)
            try await hub.instance(id, becomes: "booting", calls)
            market.with { $0.ignoresEnds = true }
            _ = try await calls.call(InstanceOperations.release, InstanceReleaseInput(instance: id))
            try await eventually {
                hub.pass(2_000)
                return market.with { $0.ends.count } >= 4
            }
            #expect(try await hub.shown(calls, id).state == "terminating")
            #expect(try await list(calls).worstLeak.first?.amount ?? 0 > 0)
            market.with { $0.ignoresEnds = false }
            try await hub.instance(id, becomes: "terminated", passing: 2_000, calls)
            // It shows up again after its proved end.
            let name = try #require(market.orders.first?.name)
            market.plant("i-1", name: name)
            try await eventually {
                hub.pass(2_000)
                return market.instances.isEmpty
            }
            try await hub.instance(id, becomes: "terminated", passing: 2_000, calls)
        }
    }
}
