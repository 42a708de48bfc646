import Formats
import Market
import Operations
import Store
import Synchronization

extension HubCore {
    /// As lists have it.
    func view(_ row: RentedRow) -> InstanceView {
        let (instance, record) = (row.instance, row.record)
        var view = InstanceView(
            id: instance.id, name: instance.name, provider: instance.provider, state: instance.state.rawValue,
            price: instance.price, currency: instance.currency)
        view.reason = reason(row)
        view.cost = record.bill.cost(to: clock.now())
        view.providerId = instance.providerId
        view.nodeId = instance.node
        view.node = instance.node.flatMap { directory.name(of: $0) }
        if let offer = row.request?.offer {
            (view.gpus, view.gpuModel, view.region) = (offer.gpus, offer.gpuModel, offer.region)
        }
        view.createdAt = RFC3339.string(record.createdAt)
        view.successor = instance.successor
        view.endedAt = record.billedTo.map { RFC3339.string($0) }
        return view
    }

    /// With all that is known of it.
    func detailedView(_ row: RentedRow) async throws -> InstanceView {
        var view = view(row)
        view.image = row.request?.image
        view.createdBy = row.record.createdBy.isEmpty ? nil : row.record.createdBy
        view.times = row.instance.times.mapValues { RFC3339.string($0) }
        let now = clock.now()
        view.timeline = try await store.read { try $0.timeline(of: row, at: now) }
        return view
    }

    /// The machines that were rented for a workload, with what they have cost.
    func rented(for workload: String) async throws -> [RentView]? {
        let now = clock.now()
        let views = try await store.read { transaction in
            try transaction.instances(for: workload).map { record in
                let row = try? RentedRow(record)
                return RentView(
                    instance: record.id, name: record.name, provider: record.provider, state: record.state,
                    price: record.price, currency: record.currency, cost: record.bill.cost(to: now),
                    reason: row?.instance.ending,
                    timeline: try row.flatMap { try transaction.timeline(of: $0, at: now) })
            }
        }
        return views.isEmpty ? nil : views
    }

    /// Why it ends, or else what is waited for, or what its provider said last.
    private func reason(_ row: RentedRow) -> String? {
        let instance = row.instance
        if let ending = instance.ending {
            let words = instance.words.isEmpty || ending.contains(instance.words) ? "" : "; \(instance.words)"
            return ending + words + (instance.wantsAnother ? "; another is looked for" : "")
        }
        guard instance.state != .active else { return nil }
        if let keeper = rentals.keeper(instance.provider), let waiting = keeper.waiting(row) { return waiting }
        return instance.words.isEmpty ? nil : instance.words
    }
}

extension StoreTransaction {
    /// The way of an instance to its first program; nil for one that nobody here has wished for.
    fileprivate func timeline(of row: RentedRow, at now: Int64) throws -> [RentStep]? {
        guard row.request != nil else { return nil }
        return row.instance.timeline(
            since: row.record.createdAt, firstExec: try row.instance.node.flatMap { try firstExec(on: $0) },
            isAwaited: row.record.workloadId != nil, at: now
        ).map(RentStep.init)
    }
}

extension RentStep {
    init(_ step: InstanceStep) {
        self.init(
            phase: step.phase.rawValue,
            including: step.including.isEmpty ? nil : step.including.map(\.rawValue),
            at: RFC3339.string(step.start), durationMs: step.milliseconds, isOpen: step.isOpen ? true : nil)
    }
}

extension InstanceKeeper {
    /// What an instance waits for.
    func waiting(_ row: RentedRow) -> String? {
        let belief = state.withLock { $0.belief }
        let sight = InstanceSight(
            now: core.clock.now(), listing: belief.listing, isFrozen: belief.doubt != nil || market == nil)
        guard case .wait(_, let words) = InstanceMachine(times(of: row)).next(row.instance, sight) else { return nil }
        return words
    }

    /// What the provider's account was found to hold.
    var account: InstanceAccount {
        let belief = state.withLock { $0.belief }
        var account = InstanceAccount(provider: provider)
        account.listedAt = belief.begunAt.map { RFC3339.string($0) }
        account.doubt = belief.doubt?.words
        account.seemsEmpty = belief.doubt?.isEmpty == true ? true : nil
        account.doubtSince = belief.doubt.map { RFC3339.string($0.since) }
        return account
    }

    /// What was listed last and is not in these rows: orphans, and what is somebody else's.
    func others(than rows: [InstanceRecord], _ names: InstanceNames) -> [InstanceView] {
        let (belief, currency) = (state.withLock { $0.belief }, market?.currency ?? "")
        let own = rows.filter { $0.provider == provider }
        let elsewhere = Set(rows.filter { $0.provider != provider }.map(\.name))
        return belief.instances.filter { found in
            found.status != .terminated && !own.contains { $0.owns(found) } && !elsewhere.contains(found.name ?? "")
        }.map { found in
            var view = InstanceView(
                id: found.id, name: found.name ?? "", provider: provider,
                state: names.isOwn(found.name) ? "orphan" : "foreign", price: found.price ?? 0, currency: currency)
            view.reason = found.message ?? found.status.rawValue
            view.providerId = found.id
            view.region = found.region
            return view
        }
    }

    /// Asks for a new listing; somebody waits for it.
    func askForListing(confirmsEmpty: Bool) {
        state.withLock { state in
            state.isListingWanted = true
            state.isEmptyConfirmed = state.isEmptyConfirmed || confirmsEmpty
        }
    }

    /// Whether a listing is asked for or under way.
    var isListingOwed: Bool { state.withLock { $0.isListingWanted || $0.isListing } }
}
