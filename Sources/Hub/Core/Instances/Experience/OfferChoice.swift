import Market

/// The best of what is offered, by what was learned: the cheapest first of those that have not failed lately.
struct OfferChoice: Sendable {
    struct Ranked: Sendable {
        var offer: Offer
        /// How it was thought of.
        var standing: RentExperience.Standing

        /// The same whatever the order that the provider lists them in.
        func isBetter(than other: Ranked) -> Bool {
            let (left, right) = ((standing, offer.price), (other.standing, other.offer.price))
            return left == right ? offer.key < other.offer.key : left < right
        }
    }

    /// How many are kept at most, and of those that stand for many machines: a wish tries so many.
    static let (most, mostOfMany) = (256, RentRequest.mostTries)

    /// The best first.
    private(set) var ranked: [Ranked] = []
    /// Whether there are more, which may be wanted when these are used up.
    private(set) var isCut = false
    /// Why some were left out, in words.
    private(set) var leftOut: [String] = []

    /// - Parameter now: milliseconds since 1970.
    init(_ offers: [Offer], for wish: RentWish, by experience: RentExperience, at now: Int64) {
        var (small, failed, isShort) = (0, 0, false)
        var limit: Ranked?
        for offer in offers {
            guard experience.lack(of: offer, for: wish) == nil else {
                small += 1
                continue
            }
            let found = Ranked(offer: offer, standing: experience.standing(of: offer, at: now))
            guard found.standing != .out else {
                failed += 1
                continue
            }
            guard limit.map({ found.isBetter(than: $0) }) ?? true else {
                isShort = true
                continue
            }
            ranked.append(found)
            if ranked.count >= 2 * Self.most {
                cut(to: Self.most)
                (limit, isShort) = (ranked.last, true)
            }
        }
        isShort = isShort || ranked.count > Self.most
        cut(to: Self.most)
        // These are never used up.
        let many = ranked.indices.filter { !ranked[$0].offer.isOneMachine }
        if many.count >= Self.mostOfMany { cut(to: many[Self.mostOfMany - 1] + 1) }
        isCut = isShort && many.count < Self.mostOfMany
        leftOut = [
            (small, "of which machines of the same kind had less than is asked for"),
            (failed, "whose machines did not come again and again"),
        ].compactMap { $0.0 == 0 ? nil : "\($0.0 == 1 ? "an offer is" : "\($0.0) offers are") left out \($0.1)" }
    }

    private mutating func cut(to count: Int) {
        ranked.sort { $0.isBetter(than: $1) }
        if ranked.count > count { ranked.removeLast(ranked.count - count) }
    }
}
