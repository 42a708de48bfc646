import Operations
import Store

extension RentCost {
    /// What a program has cost on a rented machine: the machine's price for as long as it ran.
    /// - Parameters: unix milliseconds of its beginning and end; nil for one that was never begun.
    init(on instance: InstanceRecord, from start: Int64?, to end: Int64) {
        let hours = start.map { max(0, Double(end) - Double($0)) / 3_600_000 } ?? 0
        self.init(amount: instance.price * hours, currency: instance.currency, perHour: instance.price)
    }
}

extension StoreTransaction {
    /// What attempts that have ended have cost, by their id; nothing for those on machines of one's own.
    func costs(of attempts: [AttemptRecord]) throws -> [String: RentCost] {
        var instances: [String: InstanceRecord?] = [:]
        var costs: [String: RentCost] = [:]
        for attempt in attempts {
            guard let end = attempt.endedAt else { continue }
            let known = try instances[attempt.nodeId] ?? instance(ofNode: attempt.nodeId)
            instances[attempt.nodeId] = .some(known)
            costs[attempt.id] = known.map { RentCost(on: $0, from: attempt.startedAt, to: end) }
        }
        return costs
    }
}
