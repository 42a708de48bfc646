import CallProtocol
import Formats
import Store

/// What all machines that are rented for one workload may cost together.
struct WorkloadBudget: Sendable {
    /// In the currency of the offers.
    let amount: Double
    /// Of all its machines, also those that have ended.
    let bills: [InstanceBill]
    /// Milliseconds since 1970.
    let now: Int64
    /// For how long an open instance may cost after its end is wished for, in milliseconds.
    let hold: Int64

    /// What is left of it when what is there has ended, and one of that price beside it.
    func rest(with price: Double = 0) -> Double {
        let spent = bills.reduce(0) { $0 + $1.cost(to: now) }
        let perHour = bills.filter(\.isHeld).reduce(price) { $0 + $1.price }
        return amount - spent - perHour * Double(hold) / 3_600_000
    }

    /// Why no machine of that price may be rented; nil where it may.
    func refusal(of price: Double, currency: String) -> String? {
        let rest = rest(with: price)
        guard rest < 0 else { return nil }
        return
            "what it may cost, \(MoneyText.string(amount, currency)), is short by \(MoneyText.string(-rest, currency)) "
            + "for a machine of \(MoneyText.string(price, currency)) an hour"
    }
}

extension WorkloadRenter {
    /// Ends the machines of workloads that would cost more than they may.
    func endOverspent(_ rows: [RentedRow]) async throws {
        let now = core.clock.now()
        for row in rows where row.instance.state != .terminating && row.instance.state != .terminated {
            guard let workload = row.record.workloadId, let amount = row.request?.maxCost else { continue }
            let bills = try await core.store.read { try $0.instances(for: workload).map(\.bill) }
            let budget = WorkloadBudget(amount: amount, bills: bills, now: now, hold: core.configuration.rentHoldMs)
            guard budget.rest() < 0 else { continue }
            try await core.changeInstance(row.instance.id) {
                $0.released("what its workload may cost is used up", force: true, at: now)
            }
        }
    }
}
