import Market
import Synchronization

/// Which offers that are one machine are being rented: of wishes for the same one all but one would be refused.
final class OfferClaims: Sendable {
    /// How long one is kept from other wishes, in milliseconds: by then its provider does not list it any more.
    static let length: Int64 = 60_000
    /// From so many on those are forgotten whose time is over.
    private static let many = 1_000

    /// When each ends, by ``Offer/key``; milliseconds of a clock that only goes on.
    private let ends = Mutex<[String: Int64]>([:])

    func isHeld(_ offer: Offer, at now: Int64) -> Bool {
        offer.isOneMachine && ends.withLock { $0[offer.key].map { now < $0 } ?? false }
    }

    /// - Returns: whether it may be wished for; what stands for many machines always may.
    func take(_ offer: Offer, at now: Int64) -> Bool {
        guard offer.isOneMachine else { return true }
        return ends.withLock { ends in
            if let end = ends[offer.key], now < end { return false }
            if ends.count >= Self.many { ends = ends.filter { now < $0.value } }
            ends[offer.key] = now + Self.length
            return true
        }
    }

    /// It was not wished for after all.
    func drop(_ offer: Offer) { ends.withLock { $0[offer.key] = nil } }
}

extension Offer {
    /// Whether it is used up by renting it once.
    var isOneMachine: Bool { host != nil }
}
