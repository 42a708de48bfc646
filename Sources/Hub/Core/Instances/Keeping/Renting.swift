import CallProtocol
import Formats
import Market
import NIOCore
import Operations
import Store

/// From a wish to a row: the best offer that fits, and the intent, written before anything is asked for.
struct Renting: Sendable {
    /// How long one provider is waited for.
    private static let patience = Duration.seconds(20)

    let core: HubCore

    /// The best that fits and no other wish is for: see ``offers(_:_:without:)``. It is kept for this wish, see ``OfferClaims``.
    func offer(_ wish: RentWish, _ provider: String?, without: [String] = []) async throws(CallError) -> Offer {
        let now = core.clock.monotonic()
        let choice = try await offers(wish, provider, without: without)
        if let free = choice.ranked.first(where: { core.rentals.claims.take($0.offer, at: now) }) { return free.offer }
        throw Self.allAreClaimed
    }

    static let allAreClaimed = CallError(.unavailable, "all offers that fit are being rented just now")

    /// The best that fit over all providers, or one's, which can be listed now.
    /// - Parameter without: offers that failed, see ``Offer/key``.
    func offers(
        _ wish: RentWish, _ provider: String?, without: [String] = []
    ) async throws(CallError) -> OfferChoice {
        let markets = try markets(provider)
        let found = await withTaskGroup(of: (String, Result<OfferList, CallError>).self) { group in
            for market in markets {
                group.addTask {
                    do { return (market.name, .success(try await market.offers(wish, within: Self.patience))) } catch {
                        return (market.name, .failure(CallError(.unavailable, market.words(error))))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let (claims, now) = (core.rentals.claims, core.clock.monotonic())
        let listed = found.flatMap { (try? $0.1.get())?.offers ?? [] }
        let offers = listed.filter { !claims.isHeld($0, at: now) && !without.contains($0.key) }
        let choice = OfferChoice(offers, for: wish, by: core.rentals.experience, at: core.clock.now())
        guard choice.ranked.isEmpty else { return choice }
        if offers.isEmpty, listed.contains(where: { !without.contains($0.key) }) { throw Self.allAreClaimed }
        let faults = found.compactMap { name, result -> String? in
            guard case .failure(let error) = result else { return nil }
            return "\(name) did not list its offers: \(error.message)"
        }
        let rest = (choice.leftOut + faults.sorted()).map { "; " + $0 }.joined()
        throw CallError(
            faults.count == found.count && !found.isEmpty ? .unavailable : .failedPrecondition,
            "nothing that fits is rented out now" + (wish.gpus == 0 ? ", without a GPU as none was asked for" : "")
                + rest)
    }

    /// Why nothing may be rented of an offer now; nil where it may.
    func obstacle(_ offer: Offer) -> String? {
        if let doubt = core.rentals.keeper(offer.provider)?.account.doubt {
            return "\(Self.cost(offer)), and cannot be listed now: \(doubt)"
        }
        guard !core.configuration.advertised.isEmpty else {
            return "no machine is rented: this hub does not know where machines elsewhere reach it"
        }
        return nil
    }

    static func cost(_ offer: Offer) -> String {
        "\(offer.provider) would do for \(MoneyText.string(offer.price, offer.currency)) an hour"
    }

    /// A wish that is to be written down.
    struct Intent: Sendable {
        var request: RentRequest
        /// The peer who wishes it.
        var creator: String
        /// What else is written with it, before it; what it throws keeps the wish from being written.
        var more: @Sendable (RentedRow, StoreTransaction) throws -> Void = { _, _ in }
    }

    /// Writes wishes down in one transaction, with what they may cost held back. An offer whose wish is not written is kept for
    /// nobody any more.
    /// - Returns: for each the row, or why it was not written: `RESOURCE_EXHAUSTED` when a budget does not allow it.
    func intend(_ intents: [Intent]) async throws -> [Result<RentedRow, CallError>] {
        var results: [Result<RentedRow, CallError>] = []
        defer {
            for (number, intent) in intents.enumerated()
            where !results.indices.contains(number) || (try? results[number].get()) == nil {
                core.rentals.claims.drop(intent.request.offer)
            }
        }
        results = try await write(intents)
        // Who is told looks again: of nothing it would be without end.
        if results.contains(where: { (try? $0.get()) != nil }) { core.told() }
        return results
    }

    private func write(_ intents: [Intent]) async throws -> [Result<RentedRow, CallError>] {
        let now = core.clock.now()
        let names = try await core.rentals.names(in: core.store)
        let rows = try intents.map { intent in
            let id = core.ids.next(at: now)
            return try RentedRow(intent.request, name: names.name(id), id: id, by: intent.creator, at: now)
        }
        let hold = core.configuration.rentHoldMs
        return try await core.store.write { transaction in
            let budgets = try transaction.budgets()
            // Without a budget there is nothing to reckon.
            let bills = budgets.isEmpty ? [] : try transaction.instanceBills(since: RentLedger.since(now))
            var ledger = RentLedger(bills, at: now, hold: hold)
            return try zip(intents, rows).map { intent, row -> Result<RentedRow, CallError> in
                let offer = intent.request.offer
                if let refusal = ledger.refusal(
                    of: offer.price, currency: offer.currency, provider: offer.provider, by: budgets)
                {
                    return .failure(CallError(.resourceExhausted, refusal))
                }
                if let workload = intent.request.workload, let amount = intent.request.maxCost {
                    let bills = try transaction.instances(for: workload).map(\.bill)
                    let budget = WorkloadBudget(amount: amount, bills: bills, now: now, hold: hold)
                    if let refusal = budget.refusal(of: offer.price, currency: offer.currency) {
                        return .failure(CallError(.resourceExhausted, refusal))
                    }
                }
                do { try intent.more(row, transaction) } catch let error as CallError { return .failure(error) }
                try transaction.insertInstance(row.record)
                _ = try transaction.append(.changed(row, at: now))
                ledger.add(row.record.bill)
                return .success(row)
            }
        }
    }

    /// The same of one.
    func intend(_ intent: Intent) async throws -> RentedRow {
        guard let result = try await intend([intent]).first else { throw CallError(.internalError, "no row") }
        return try result.get()
    }

    /// Wishes for another offer, for the wish of an instance that failed.
    func intend(_ request: RentRequest, by creator: String, inPlaceOf old: String) async throws -> RentedRow {
        let now = core.clock.now()
        return try await intend(
            Intent(request: request, creator: creator) { row, transaction in
                guard var failed = try transaction.instance(old).map(RentedRow.init), failed.instance.wantsAnother
                else { throw CallError(.conflict, "it is not wished for any more") }
                let before = failed.instance
                var instance = before
                (instance.wantsAnother, instance.successor) = (false, row.instance.id)
                try failed.set(instance)
                try transaction.keep(failed, after: before, at: now)
            })
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
