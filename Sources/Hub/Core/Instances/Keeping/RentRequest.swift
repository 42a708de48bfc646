import Market

/// What was wished for, with the offer that is to be had for it.
struct RentRequest: Codable, Sendable, Equatable {
    var wish: RentWish
    /// Only this provider's offers.
    var provider: String?
    /// The container image that the machine begins with.
    var image: String
    /// How long it may have nothing to do before it is given back, in milliseconds; nil for what is usual.
    var idle: Int64?
    var offer: Offer
    /// Those that were tried before, as ``Offer/key``.
    var tried: [String] = []
    /// The first instance of the same wish.
    var first: String?
    /// The workload that it is for.
    var workload: String?
    /// The pool that it is for.
    var pool: String?
    /// What that workload's machines may cost altogether; nil without an end.
    var maxCost: Double?
    /// Labels that its node bears besides those of every rented one.
    var labels: [String: String]?

    init(wish: RentWish, provider: String?, image: String, idle: Int64?, offer: Offer) {
        (self.wish, self.provider, self.image, self.idle, self.offer) = (wish, provider, image, idle, offer)
    }

    /// How many offers are tried for one wish.
    static let mostTries = 6

    /// The same from another offer, after one that failed.
    func next(_ offer: Offer, after instance: String) -> RentRequest {
        var next = self
        next.tried.append(self.offer.key)
        next.offer = offer
        next.first = first ?? instance
        return next
    }
}

extension Offer {
    /// What tells it from all others.
    var key: String { "\(provider)/\(id)" }
}
