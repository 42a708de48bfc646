import Formats
import Store

/// Changes of instances' rows, each with its event.
extension HubCore {
    /// Changes an instance as it stands, and tells what it has become.
    /// - Returns: the row after it; nil where there is none of that id.
    @discardableResult
    func changeInstance(
        _ id: String, _ change: @escaping @Sendable (Instance) -> Instance
    ) async throws -> RentedRow? {
        let now = clock.now()
        let (row, before) = try await store.writeResult { transaction -> (RentedRow?, Instance?) in
            guard var row = try transaction.instance(id).map(RentedRow.init) else { return (nil, nil) }
            let before = row.instance
            try row.set(change(before))
            try transaction.keep(row, after: before, at: now)
            return (row, before)
        }
        // Who is told looks again: of nothing it would be without end.
        if let row, let before, row.instance != before {
            rentals.learn(row, after: before, at: clock.monotonic())
            told()
        }
        return row
    }

    /// Writes what was decided upon a row, unless it has changed since it was read.
    func write(
        _ instance: Instance, over row: RentedRow,
        more: @escaping @Sendable (StoreTransaction) throws -> Void = { _ in }
    ) async throws -> RentedRow? {
        let now = clock.now()
        let written = try await store.write { transaction -> RentedRow? in
            var next = row
            try next.set(instance)
            guard try transaction.keep(next, after: row.instance, at: now) else { return nil }
            try more(transaction)
            return next
        }
        if let written { rentals.learn(written, after: row.instance, at: clock.monotonic()) }
        told()
        return written
    }

    func told() {
        events.wrote()
        rentals.signal.fire()
    }
}

extension StoreTransaction {
    /// - Returns: whether it was written, which it is not over a newer one.
    @discardableResult
    func keep(_ row: RentedRow, after before: Instance, at now: Int64) throws -> Bool {
        guard row.instance != before else { return true }
        guard try updateInstance(row.record) else { return false }
        let instance = row.instance
        if before.providerId == nil, instance.providerId != nil, let token = instance.tokenId,
            let identity = instance.identity
        {
            // Whoever else comes with the token is turned away.
            try bindToken(token, to: identity)
        }
        if instance.state == .terminating || instance.state == .terminated, before.state != instance.state,
            let token = instance.tokenId
        {
            try revokeToken(token, at: now)
        }
        guard instance.state != before.state else { return true }
        _ = try append(.changed(row, at: now))
        if let workload = row.record.workloadId { try setProvisioning(workload, reason: row.progress) }
        return true
    }
}

extension RentedRow {
    /// How far it is, for who waits for it: `capstan-… at runpod, 0.3100 USD an hour: booting`.
    var progress: String {
        let why = instance.ending.map { " (\($0))" } ?? ""
        return
            "\(instance.name) at \(instance.provider), \(MoneyText.string(instance.price, instance.currency)) an hour: "
            + instance.state.rawValue + why
    }
}

extension EventDraft {
    /// That an instance came to another state.
    static func changed(_ row: RentedRow, at now: Int64) -> EventDraft {
        let instance = row.instance
        let why = instance.ending.map { ": \($0)" } ?? ""
        return EventDraft(
            at: now, kind: "instance.\(instance.state.rawValue)",
            severity: instance.state == .terminating && (instance.time(.active) == nil || instance.isTakenBack)
                ? .warning : .info,
            actor: row.record.createdBy.isEmpty ? nil : row.record.createdBy, node: instance.node,
            subject: instance.id,
            message: "\(instance.name) at \(instance.provider) is \(instance.state.rawValue)\(why)")
    }
}
