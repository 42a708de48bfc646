import CallProtocol
import Market
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Machines that are kept ready")
struct PoolTests {
    private func pool(_ hub: HubFixture, _ calls: CallClient) async throws -> PoolView? {
        hub.pass(100)
        return try await calls.call(PoolOperations.list, Empty()).pools.first
    }

    private func set(_ calls: CallClient, _ count: Int, price: Double? = nil) async throws {
        var input = PoolInput(name: "fast", count: count)
        (input.maxPrice, input.image) = (price, "python:3")
        _ = try await calls.call(PoolOperations.set, input)
    }

    @Test("so many are there with nothing to do, one that takes work is followed by another, and none is too many")
    func keeps() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            try await set(calls, 2)
            try await eventually { try await pool(hub, calls)?.coming == 2 && market.orders.count == 2 }
            #expect(market.orders.allSatisfy { $0.image == "python:3" })
            let (node, spoke) = try await hub.boots(market.orders[0], as: "i-1")
            let (other, second) = try await hub.boots(market.orders[1], as: "i-2")
            try await eventually { try await pool(hub, calls)?.ready == 2 }
            #expect(hub.core.directory[node]?.labels["pool"] == "fast")
            // Long idle, and there all the same.
            for _ in 0..<20 { hub.pass(120_000) }
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await pool(hub, calls)?.ready == 2 && market.orders.count == 2)
            let id = try await hub.submit(calls) { ($0.rent, $0.image) = (RentTerms(), "python:3") }
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            try await eventually { try await pool(hub, calls)?.busy == 1 && market.orders.count == 3 }
            let (_, third) = try await hub.boots(market.orders[2], as: "i-3")
            try await eventually { try await pool(hub, calls)?.ready == 2 }
            let worker = try await hub.attempts(id).first?.nodeId
            try (worker == node ? spoke : worker == other ? second : third).finish(
                attempt, endedAt: hub.core.clock.now())
            // Now there is one too many, and after ten minutes it goes.
            try await eventually { try await pool(hub, calls)?.ready == 3 }
            try await eventually {
                hub.pass(5_000)
                return market.instances.count == 2
            }
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await pool(hub, calls)?.ready == 2 && market.orders.count == 3)
        }
    }

    @Test("machines that come and die at once are not followed without a pause, and not without end")
    func dying() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            try await set(calls, 1)
            for number in 1...2 {
                try await eventually { try await pool(hub, calls) != nil && market.orders.count == number }
                _ = try await hub.boots(market.orders[number - 1], as: "i-\(number)")
                try await eventually { try await pool(hub, calls)?.ready == 1 }
                market.with { $0.instances[0].status = .stopped }
                hub.pass(60_000)
                try await eventually { try await pool(hub, calls)?.reason?.contains("tried again at") == true }
                #expect(market.orders.count == number)
                hub.pass(Int64(number) * 60_000)
            }
        }
    }

    @Test("a pool that is set anew keeps none of its old machines, and what is coming for nobody is given back at once")
    func anew() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            try await set(calls, 1)
            try await eventually { try await pool(hub, calls)?.coming == 1 && market.orders.count == 1 }
            try await eventually { market.instances.count == 1 }
            try await set(calls, 1, price: 0.5)
            try await eventually { try await pool(hub, calls)?.coming == 1 && market.orders.count == 2 }
            try await eventually {
                hub.pass(500)
                return market.instances.map(\.id) == ["i-2"]
            }
            try await set(calls, 0, price: 0.5)
            try await eventually {
                hub.pass(500)
                return market.instances.isEmpty
            }
        }
    }

    @Test("what keeps it from being full is said, nothing is tried without a pause, and its machines go with it")
    func says() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            try await set(calls, 1, price: 0.1)
            try await eventually {
                try await pool(hub, calls)?.reason?.contains("nothing that fits is rented out now") == true
            }
            _ = try await calls.call(
                BudgetOperations.set, BudgetInput(period: .day, provider: nil, amount: 0.01, currency: nil))
            try await set(calls, 1)
            try await eventually { try await pool(hub, calls)?.reason?.contains("the budget of the fleet") == true }
            #expect(market.orders.isEmpty)
            market.with { $0.outcomes = Array(repeating: .refused(.stop, words: "no such image"), count: 10) }
            _ = try await calls.call(BudgetOperations.remove, BudgetRef(period: .day, provider: nil))
            try await eventually { try await pool(hub, calls)?.reason?.contains("no such image; tried again") == true }
            #expect(market.orders.count == 1)
            market.with { $0.outcomes = [] }
            hub.pass(60_000)
            try await eventually { try await pool(hub, calls)?.coming == 1 && market.orders.count == 2 }
            _ = try await hub.boots(market.orders[1], as: "i-1")
            try await eventually { try await pool(hub, calls)?.ready == 1 }
            _ = try await calls.call(PoolOperations.remove, PoolRef(name: "fast"))
            #expect(try await pool(hub, calls) == nil)
            try await eventually {
                hub.pass(5_000)
                return market.instances.isEmpty
            }
            await #expect(throws: CallError.self) {
                _ = try await calls.call(PoolOperations.remove, PoolRef(name: "fast"))
            }
        }
    }
}
