import CallProtocol
import Market
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("Budgets for rented machines")
struct BudgetTests {
    private static let hour: Int64 = 3_600_000
    /// The hold of a test's hub: 16 minutes.
    private static let hold: Int64 = 960_000

    private func row(
        _ id: String, _ price: Double, from: Int64?, to: Int64? = nil, provider: String = "p", state: String = "active",
        currency: String = "USD"
    ) -> InstanceBill {
        InstanceBill(
            id: id, provider: provider, state: to == nil ? state : "terminated", price: price, currency: currency,
            billedFrom: from, billedTo: to)
    }

    private func budget(_ amount: Double, _ period: BudgetRecord.Period, provider: String = "") -> BudgetRecord {
        BudgetRecord(provider: provider, period: period, amount: amount, currency: "USD", setBy: "x", setAt: 0)
    }

    @Test("windows are those of UTC, and months have their own lengths")
    func windows() throws {
        // 2024-02-29T12:34:56Z.
        let now: Int64 = 1_709_210_096_000
        #expect(BudgetWindow(.hour, at: now).end - BudgetWindow(.hour, at: now).start == Self.hour)
        #expect(BudgetWindow(.day, at: now).start == 1_709_164_800_000)
        let month = BudgetWindow(.month, at: now)
        #expect(month.start == 1_706_745_600_000 && month.end - month.start == 29 * 24 * Self.hour)
        let december = BudgetWindow(.month, at: 1_704_067_199_999)
        #expect(december.end == 1_704_067_200_000 && december.end - december.start == 31 * 24 * Self.hour)
    }

    @Test("what was spent in the window counts, and what is held in it")
    func reckoning() {
        let now = 100 * 24 * Self.hour + 10 * Self.hour + Self.hour / 2
        let rows = [
            row("a", 1, from: now - 2 * Self.hour), row("b", 2, from: now - 3 * Self.hour, to: now - 2 * Self.hour),
            row("c", 4, from: nil, state: "intended"), row("d", 8, from: now - Self.hour, provider: "q"),
            row("e", 9, from: now - Self.hour, currency: "EUR"), row("f", 9, from: nil, to: now - Self.hour),
        ]
        let ledger = RentLedger(rows, at: now, hold: Self.hold)
        let day = ledger.use(of: budget(100, .day))
        #expect(abs(day.spent - (2 + 2 + 8)) < 1e-9 && abs(day.held - 13 * 0.26666666666) < 1e-6)
        let hour = ledger.use(of: budget(100, .hour, provider: "p"))
        #expect(abs(hour.spent - 0.5) < 1e-9 && abs(hour.held - 5 * 0.26666666666) < 1e-6)
        // Near the end of the window the rest of the hold is the next one's.
        let late = RentLedger(rows, at: now + Self.hour / 2 - 60_000, hold: Self.hold)
        #expect(abs(late.use(of: budget(100, .hour, provider: "p")).held - 5.0 / 60) < 1e-9)
    }

    @Test("a machine for as much as the budget of an hour is allowed; one that could not be ended in time is not")
    func refusals() {
        let now = 100 * 24 * Self.hour
        func refusal(_ price: Double, _ budgets: BudgetRecord..., rows: [InstanceBill] = []) -> String? {
            RentLedger(rows, at: now, hold: Self.hold).refusal(of: price, currency: "USD", provider: "p", by: budgets)
        }
        #expect(refusal(0.5, budget(0.5, .hour)) == nil && refusal(0.5, budget(0, .day, provider: "q")) == nil)
        #expect(refusal(0.5, budget(0.1, .day))?.contains("could be ended") == true)
        let rows = [row("a", 1, from: now - Self.hour)]
        #expect(refusal(1, budget(0.5, .day), rows: rows)?.contains("short by 0.0333 USD") == true)
        // Just before midnight most of the hold is the next day's.
        let fresh = RentLedger(
            (0..<4).map { row("\($0)", 0.5, from: nil, state: "intended") }, at: now + 24 * Self.hour - 1_000,
            hold: Self.hold)
        #expect(
            fresh.refusal(of: 0.5, currency: "USD", provider: "p", by: [budget(0.6, .day)])?.contains("begins anew")
                == true)
        #expect(fresh.refusal(of: 0.5, currency: "USD", provider: "p", by: [budget(0.7, .day)]) == nil)
        var euros = budget(5, .day)
        euros.currency = "EUR"
        #expect(refusal(1, euros)?.contains("is in EUR") == true)
    }

    @Test("fifty wishes at once: as many as the budget allows are written down, the others are told at once")
    func parallel() async throws {
        try await HubFixture.renting(prices: 0.6) { hub, market, calls in
            market.with { $0.listingFault = "down, so that none is made" }
            // Each holds 16 minutes: 0.16 USD.
            _ = try await calls.call(
                BudgetOperations.set, BudgetInput(period: .day, provider: nil, amount: 1, currency: nil))
            let results = await withTaskGroup(of: ErrorCode?.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        do {
                            _ = try await hub.rent(calls)
                            return nil
                        } catch { return (error as? CallError)?.code }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 == nil } == 6 && results.count { $0 == .resourceExhausted } == 44)
            let list = try await calls.call(BudgetOperations.list, Empty()).budgets
            #expect(abs(list[0].held - 0.96) < 1e-9 && list[0].spent == 0)
        }
    }

    @Test("a budget for what is not there, or in another currency than its provider's, is refused")
    func mistyped() async throws {
        try await HubFixture.renting(prices: 0.6) { _, _, calls in
            for (provider, currency, code) in [("acne", nil, ErrorCode.notFound), ("acme", "EUR", .invalidInput)] {
                let input = BudgetInput(period: .day, provider: provider, amount: 1, currency: currency)
                let refusal = await #expect(throws: CallError.self) {
                    try await calls.call(BudgetOperations.set, input)
                }
                #expect(refusal?.code == code)
            }
        }
    }

    @Test("what is used up ends the dearest first, at once")
    func excess() async throws {
        try await HubFixture.renting(prices: 0.6) { hub, market, calls in
            let dear = try await hub.rent(calls)
            try await hub.instance(dear, becomes: "booting", calls)
            market.with { $0.offers[0].price = 0.1 }
            let cheap = try await hub.rent(calls)
            try await hub.instance(cheap, becomes: "booting", calls)
            _ = try await calls.call(
                BudgetOperations.set, BudgetInput(period: .day, provider: "acme", amount: 0.1, currency: nil))
            try await hub.instance(dear, becomes: "terminated", passing: 100, calls)
            #expect(try await hub.shown(calls, dear).reason == "the budget of acme for a day is used up")
            #expect(try await hub.shown(calls, cheap).state == "booting")
        }
    }
}
