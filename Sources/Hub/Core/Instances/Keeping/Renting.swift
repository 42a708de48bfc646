import CallProtocol
import Formats
import Market
import NIOCore
import Operations
import Store

/// From a wish to a row: the cheapest offer that fits, and the intent, written before anything is asked for.
struct Renting: Sendable {
    let core: HubCore

    /// The cheapest that fits over all providers, or one's, which can be listed now.
    /// - Parameter without: offers that failed, see ``Offer/key``.
    func offer(_ wish: RentWish, _ provider: String?, without: [String] = []) async throws(CallError) -> Offer {
        let markets = try markets(provider)
        let found = await withTaskGroup(of: (String, Result<OfferList, CallError>).self) { group in
            for market in markets {
                group.addTask {
                    do { return (market.name, .success(try await market.offers(wish))) } catch {
                        return (market.name, .failure(CallError(.unavailable, market.words(error))))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let offers = found.flatMap { (try? $0.1.get())?.offers ?? [] }.filter { !without.contains($0.key) }
        if let best = offers.min(by: { ($0.price, $0.key) < ($1.price, $1.key) }) { return best }
        let faults = found.compactMap { name, result -> String? in
            guard case .failure(let error) = result else { return nil }
            return "\(name) did not list its offers: \(error.message)"
        }
        let rest = faults.isEmpty ? "" : "; " + faults.sorted().joined(separator: "; ")
        throw CallError(
            faults.count == found.count && !found.isEmpty ? .unavailable : .failedPrecondition,
            "nothing that fits is rented out now" + rest)
    }

    /// Writes the wish down, with what it may cost held back.
    /// - Parameters:
    ///   - old: the instance whose wish goes on with this one.
    ///   - more: what else is written with it.
    /// - Throws: `RESOURCE_EXHAUSTED` when a budget does not allow it.
    func intend(
        _ request: RentRequest, by creator: String, inPlaceOf old: String? = nil,
        more: @escaping @Sendable (RentedRow, StoreTransaction) throws -> Void = { _, _ in }
    ) async throws -> RentedRow {
        let now = core.clock.now()
        let id = core.ids.next(at: now)
        let name = try await core.rentals.names(in: core.store).name(id)
        let row = try RentedRow(request, name: name, id: id, by: creator, at: now)
        let hold = core.configuration.rentHoldMs
        try await core.store.write { transaction in
            let offer = request.offer
            let rows = try transaction.billedInstances(since: RentLedger.since(now))
            let ledger = RentLedger(rows, at: now, hold: hold)
            let refusal = ledger.refusal(
                of: offer.price, currency: offer.currency, provider: offer.provider, by: try transaction.budgets())
            if let refusal { throw CallError(.resourceExhausted, refusal) }
            try transaction.insertInstance(row.record)
            _ = try transaction.append(.changed(row, at: now))
            try more(row, transaction)
            guard let old, let failed = try transaction.instance(old).map(RentedRow.init) else { return }
            guard failed.instance.wantsAnother else {
                throw CallError(.conflict, "it is not wished for any more")
            }
            var replaced = failed
            var instance = failed.instance
            (instance.wantsAnother, instance.successor) = (false, id)
            try replaced.set(instance)
            try transaction.keep(replaced, after: failed.instance, at: now)
        }
        core.told()
        return row
    }

    private func markets(_ provider: String?) throws(CallError) -> [any Market] {
        guard let source = core.rentals.source else {
            throw CallError(.failedPrecondition, "no machines are rented by this hub")
        }
        if let provider {
            if let market = source.market(provider) { return [market] }
            throw CallError(.notFound, "no machines are rented from `\(provider)`; capstan provider list shows them")
        }
        guard !source.markets.isEmpty else {
            throw CallError(
                .failedPrecondition,
                "no provider that machines are rented from: import one with capstan provider import")
        }
        return source.markets
    }
}
