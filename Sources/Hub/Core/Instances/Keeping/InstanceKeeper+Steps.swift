import CallProtocol
import Logging
import Market
import Operations
import Store
import Synchronization

/// The calls that a step is made of. Each is written down before, and what it came to after it.
extension InstanceKeeper {
    private var machine: InstanceMachine { InstanceMachine(core.configuration.rentTimes) }

    func create(_ asked: Instance, _ row: RentedRow) async throws -> Bool {
        guard let market, let request = row.request else { return false }
        guard try await isListedAccount(market) else {
            state.withLock { $0.isListingWanted = true }
            return false
        }
        let now = core.clock.now()
        let bootstrap = Bootstrap(core: core, market: market)
        let (token, text) = try bootstrap.token(for: row, lasting: machine.times, at: now)
        var asked = asked
        (asked.tokenId, asked.isKnownByName) = (token.id, market.idVariable == nil)
        let order = await bootstrap.order(request, name: asked.name, token: text)
        let written = try await core.write(asked, over: row) { try $0.insertToken(token) }
        guard written != nil else { return false }
        let outcome = await market.create(order)
        let then = core.clock.now()
        try await core.changeInstance(asked.id) { [machine] in
            // A listing may have shown it before the answer came.
            $0.state == .creating ? machine.answered($0, outcome, at: then) : $0
        }
        return true
    }

    func verify(_ row: RentedRow) async throws -> Bool {
        guard let market, let id = row.instance.providerId else { return false }
        var (found, failure): (RentedInstance?, String?) = (nil, nil)
        do { found = try await market.instance(id, name: row.instance.name) } catch { failure = market.words(error) }
        let (answer, words, now) = (found, failure, core.clock.now())
        try await core.changeInstance(row.instance.id) { [machine] in
            $0.state == .enrolled ? machine.verified($0, answer, failure: words, at: now) : $0
        }
        return true
    }

    func terminate(_ asked: Instance, _ row: RentedRow) async throws -> Bool {
        guard let market, let id = asked.providerId, try await core.write(asked, over: row) != nil else { return false }
        var failure: String?
        do { try await market.terminate(id, name: asked.name) } catch { failure = market.words(error) }
        let (words, now) = (failure, core.clock.now())
        try await core.changeInstance(row.instance.id) { [machine] in
            $0.state == .terminating ? machine.endAnswered($0, failure: words, at: now) : $0
        }
        state.withLock { $0.isListingWanted = true }
        return true
    }

    /// How long a wish waits for another offer while providers do not answer, or all that would do are being rented, in milliseconds.
    private static let patience: Int64 = 600_000

    /// Rents something else for the wish of one that failed, if there is anything.
    /// - Returns: false where it is to be tried again.
    func replace(_ row: RentedRow) async throws -> Bool {
        let old = row.instance
        guard let request = row.request else { return false }
        do {
            guard request.tried.count + 1 < RentRequest.mostTries else {
                throw CallError(.failedPrecondition, "\(RentRequest.mostTries) offers were tried")
            }
            guard let offer = try await another(request, instead: old) else { return false }
            let next = try await Renting(core: core).intend(
                request.next(offer, after: old.id), by: row.record.createdBy, inPlaceOf: old.id)
            core.logger.info("another offer", metadata: ["instance": .string(next.instance.name)])
        } catch let error as CallError {
            // Somebody was quicker: another was rented, or is not wished for any more.
            if error.code == .conflict { return true }
            // What the failed one holds is free when its end is proved; a provider may answer in a while.
            if error.code == .resourceExhausted, old.state != .terminated { return false }
            if error.code == .unavailable, core.clock.now() - (old.unwantedAt ?? 0) < Self.patience { return false }
            let words = error.message
            try await core.changeInstance(old.id) { instance in
                guard instance.wantsAnother else { return instance }
                var last = instance
                (last.wantsAnother, last.words) = (false, "no other offer: \(words)")
                return last
            }
        }
        return true
    }

    /// - Returns: nil while all that would do are being rented, for as long as one of them may be free again.
    private func another(_ request: RentRequest, instead old: Instance) async throws(CallError) -> Offer? {
        do throws(CallError) {
            return try await Renting(core: core).offer(
                .init(wish: request.wish, provider: request.provider), without: request.tried + [request.offer.key],
                within: OfferBook.fresh)
        } catch {
            let waited = core.clock.now() - (old.unwantedAt ?? 0)
            guard error.code == .resourceExhausted, (0..<Self.patience).contains(waited) else { throw error }
            return nil
        }
    }
}
