import CallProtocol
import Formats
import Market
import NIOCore
import Operations
import Store

/// From a wish to a row: the best offer that fits, and the intent, written before anything is asked for.
struct Renting: Sendable {
    let core: HubCore

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
        let claims = core.rentals.claims
        var (rows, results): ([RentedRow], [Result<RentedRow, CallError>]) = ([], [])
        defer {
            for (number, intent) in intents.enumerated()
            where !results.indices.contains(number) || (try? results[number].get()) == nil {
                claims.drop(intent.request.offer, of: rows.indices.contains(number) ? rows[number].instance.id : nil)
            }
        }
        rows = try await self.rows(intents)
        for (intent, row) in zip(intents, rows) { claims.keep(intent.request.offer, for: row.instance.id) }
        results = try await write(intents, rows)
        // Who is told looks again: of nothing it would be without end.
        if results.contains(where: { (try? $0.get()) != nil }) { core.told() }
        return results
    }

    private func rows(_ intents: [Intent]) async throws -> [RentedRow] {
        let now = core.clock.now()
        let names = try await core.rentals.names(in: core.store)
        return try intents.map { intent in
            let id = core.ids.next(at: now)
            return try RentedRow(intent.request, name: names.name(id), id: id, by: intent.creator, at: now)
        }
    }

    private func write(_ intents: [Intent], _ rows: [RentedRow]) async throws -> [Result<RentedRow, CallError>] {
        let now = core.clock.now()
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
}
