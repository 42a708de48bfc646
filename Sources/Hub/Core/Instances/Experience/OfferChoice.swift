import Market

/// The best of what is offered, by what was learned: the cheapest of those that have not failed lately.
struct OfferChoice: Sendable {
    /// Nil where none does.
    let best: Offer?
    /// Why some were left out, in words.
    let leftOut: [String]

    /// - Parameter now: milliseconds since 1970.
    init(_ offers: [Offer], for wish: RentWish, by experience: RentExperience, at now: Int64) {
        var (best, standing) = (Offer?.none, RentExperience.Standing.out)
        var (small, failed) = (0, 0)
        for offer in offers {
            guard experience.lack(of: offer, for: wish) == nil else {
                small += 1
                continue
            }
            let its = experience.standing(of: offer, at: now)
            guard its != .out else {
                failed += 1
                continue
            }
            if let known = best {
                guard (its, offer.price) <= (standing, known.price) else { continue }
                // The same whatever the order that the provider lists them in.
                if (its, offer.price) == (standing, known.price), known.key <= offer.key { continue }
            }
            (best, standing) = (offer, its)
        }
        self.best = best
        leftOut = [
            (small, "of which machines of the same kind had less than is asked for"),
            (failed, "whose machines did not come again and again"),
        ].compactMap { $0.0 == 0 ? nil : "\($0.0 == 1 ? "an offer is" : "\($0.0) offers are") left out \($0.1)" }
    }
}
