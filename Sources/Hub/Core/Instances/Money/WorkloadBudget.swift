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
        if let other = bills.first(where: { $0.currency != currency })?.currency {
            return "what it may cost is counted in \(other), and this price is in \(currency)"
        }
        let rest = rest(with: price)
        guard rest < -RentLedger.tolerance else { return nil }
        return
            "what it may cost, \(MoneyText.string(amount, currency)), is short by \(MoneyText.string(-rest, currency)) "
            + "for a machine of \(MoneyText.string(price, currency)) an hour"
    }
}

extension WorkloadRenter {
    /// Ends the machines of workloads that would cost more than they may, and gives those back whose workload is over: their idle
    /// time would be charged to it.
    func endOverspent(_ rows: [RentedRow]) async throws {
        let (now, hold) = (core.clock.now(), core.configuration.rentHoldMs)
        for row in rows where ![.draining, .terminating, .terminated].contains(row.instance.state) {
            guard let id = row.record.workloadId, let amount = row.request?.maxCost else { continue }
            let (bills, isOver, others) = try await core.store.read { transaction in
                (
                    try transaction.instances(for: id).map(\.bill),
                    try transaction.workload(id)?.state.isTerminal ?? true,
                    try row.instance.node.map { try transaction.runsOthers($0, than: id) } ?? false
                )
            }
            let isSpent = WorkloadBudget(amount: amount, bills: bills, now: now, hold: hold).rest() < 0
            guard isSpent || isOver else { continue }
            let reason = isOver ? "its workload is over" : "what workload \(id) may cost is used up"
            try await core.changeInstance(row.instance.id) { instance in
                // What others run there is not ended for it at once.
                let ending = instance.released(reason, force: isSpent && !others, at: now)
                return ending.state == .active ? ending.moved(to: .draining, at: now) : ending
            }
        }
    }
}
