import Operations
import Store

extension RentCost {
    /// What a program has cost on a rented machine: the machine's price for as long as it ran.
    /// - Parameters:
    ///   - start: unix milliseconds of its beginning, as `end` by its machine's clock; nil for one that was never begun.
    ///   - placed: when it was placed there, by this hub's clock: a machine whose clock is wrong costs no more for it.
    init(on instance: InstanceRecord, from start: Int64?, to end: Int64, since placed: Int64, at now: Int64) {
        let hours = start.map { Double(max(0, min(end, now) - max($0, placed))) / 3_600_000 } ?? 0
        self.init(amount: instance.price * hours, currency: instance.currency, perHour: instance.price)
    }
}

extension StoreTransaction {
    /// What attempts that have ended have cost, by their id; nothing for those on machines of one's own.
    func costs(of attempts: [AttemptRecord], at now: Int64) throws -> [String: RentCost] {
        var instances: [String: InstanceRecord?] = [:]
        var costs: [String: RentCost] = [:]
        for attempt in attempts {
            guard let end = attempt.endedAt else { continue }
            let known = try instances[attempt.nodeId] ?? instance(ofNode: attempt.nodeId)
            instances[attempt.nodeId] = .some(known)
            costs[attempt.id] = known.map {
                RentCost(on: $0, from: attempt.startedAt, to: end, since: attempt.createdAt, at: now)
            }
        }
        return costs
    }
}
