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

    /// How many are kept at most.
    static let most = 256

    /// The best first, up to the first that stands for many machines: that one is never used up.
    private(set) var ranked: [Ranked] = []
    /// Whether there are more, which were cut off.
    var isCut: Bool { isShort && ranked.last?.offer.isOneMachine == true }
    /// Whether some were left out that come after these.
    private var isShort = false
    /// Why some were left out, in words.
    private(set) var leftOut: [String] = []

    /// - Parameter now: milliseconds since 1970.
    init(_ offers: [Offer], for wish: RentWish, by experience: RentExperience, at now: Int64) {
        var (small, failed) = (0, 0)
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
            if let limit, !found.isBetter(than: limit) {
                isShort = true
                continue
            }
            ranked.append(found)
            if !offer.isOneMachine { limit = found }
            if ranked.count >= 2 * Self.most {
                cut()
                limit = ranked.last
            }
        }
        leftOut = [
            (small, "of which machines of the same kind had less than is asked for"),
            (failed, "whose machines did not come again and again"),
        ].compactMap { $0.0 == 0 ? nil : "\($0.0 == 1 ? "an offer is" : "\($0.0) offers are") left out \($0.1)" }
        cut()
    }

    private mutating func cut() {
        ranked.sort { $0.isBetter(than: $1) }
        if let many = ranked.firstIndex(where: { !$0.offer.isOneMachine }) {
            ranked.removeLast(ranked.count - many - 1)
        }
        guard ranked.count > Self.most else { return }
        ranked.removeLast(ranked.count - Self.most)
        isShort = true
    }
}
