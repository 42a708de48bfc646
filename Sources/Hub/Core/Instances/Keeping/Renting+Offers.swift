import CallProtocol
import Market

/// The best offer for a wish.
extension Renting {
    /// How long one provider is waited for.
    private static let patience = Duration.seconds(20)

    /// The best that fits over all providers, or one's, which can be listed now, and no other wish is for. It is kept for this wish,
    /// see ``OfferClaims``.
    /// - Parameters:
    ///   - without: offers that failed, see ``Offer/key``.
    ///   - age: how old a listing may be, in milliseconds.
    /// - Throws: `RESOURCE_EXHAUSTED` where all that fit are being rented, `FAILED_PRECONDITION` where none fits, `UNAVAILABLE` where
    ///   no provider answers.
    func offer(
        _ key: OfferBook.Key, without: [String] = [], within age: Int64
    ) async throws(CallError) -> Offer {
        let markets = try markets(key.provider)
        let known = try await page(key, markets, within: age)
        if let offer = try claim(known, for: key.wish, without) { return offer }
        let isCut = (try? known.choice.get())?.isCut == true
        let page = try await page(key, markets, within: 0, isCut: isCut)
        guard let offer = try claim(page, for: key.wish, without) else { throw Self.allAreClaimed(page) }
        return offer
    }

    private static func allAreClaimed(_ page: OfferBook.Page) -> CallError {
        CallError(
            .resourceExhausted,
            "all offers that fit are being rented just now" + page.faults.map { "; " + $0 }.joined())
    }

    /// - Returns: nil where it is to be listed again: there is more than was kept, or what was learned since may have made another
    ///   one better.
    private func claim(
        _ page: OfferBook.Page, for wish: RentWish, _ without: [String]
    ) throws(CallError) -> Offer? {
        let choice = try page.choice.get()
        let (claims, now) = (core.rentals.claims, core.clock.monotonic())
        let (experience, time) = (core.rentals.experience, core.clock.now())
        var isClaimed = page.isWithoutClaimed
        for known in choice.ranked where !without.contains(known.offer.key) {
            guard !claims.isHeld(known.offer, at: now) else {
                isClaimed = true
                continue
            }
            guard experience.lack(of: known.offer, for: wish) == nil,
                experience.standing(of: known.offer, at: time) <= known.standing
            else { return nil }
            if claims.take(known.offer, at: now) { return known.offer }
            // Somebody was quicker.
            isClaimed = true
        }
        if choice.isCut { return nil }
        throw isClaimed ? Self.allAreClaimed(page) : Self.nothing(for: wish, choice.leftOut + page.faults)
    }

    private static func nothing(for wish: RentWish, _ rest: [String]) -> CallError {
        CallError(
            .failedPrecondition,
            "nothing that fits is rented out now" + (wish.gpus == 0 ? ", without a GPU as none was asked for" : "")
                + rest.map { "; " + $0 }.joined())
    }

    // MARK: Listing

    /// - Parameter isCut: whether what is claimed is left out, so that others find room.
    private func page(
        _ key: OfferBook.Key, _ markets: [any Market], within age: Int64, isCut: Bool = false
    ) async throws(CallError) -> OfferBook.Page {
        do {
            return try await core.rentals.book.page(key, within: age, core.clock.monotonic) {
                await list(key.wish, markets, withoutClaimed: isCut)
            }
        } catch { throw CallError(.unavailable, "the offers were not waited for") }
    }

    private func list(_ wish: RentWish, _ markets: [any Market], withoutClaimed: Bool) async -> OfferBook.Page {
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
        let faults = found.compactMap { name, result -> String? in
            guard case .failure(let error) = result else { return nil }
            return "\(name) did not list its offers: \(error.message)"
        }.sorted()
        if faults.count == found.count {
            var error = Self.nothing(for: wish, faults)
            error.code = .unavailable
            return OfferBook.Page(choice: .failure(error))
        }
        let (claims, now) = (core.rentals.claims, core.clock.monotonic())
        let listed = found.flatMap { (try? $0.1.get())?.offers ?? [] }
        let offers = withoutClaimed ? listed.filter { !claims.isHeld($0, at: now) } : listed
        let choice = OfferChoice(offers, for: wish, by: core.rentals.experience, at: core.clock.now())
        return OfferBook.Page(
            choice: .success(choice), faults: faults, isWithoutClaimed: offers.count < listed.count)
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
