import Market
import Synchronization

/// Which machines are being rented: of wishes for offers of the same one all but one would be refused, or take it away.
///
/// One is claimed when it is chosen, from the row on for as long as its provider has not answered the create, and a minute more:
/// by then the provider does not list it any more.
final class OfferClaims: Sendable {
    /// How long a claim holds that is no row's, in milliseconds.
    static let length: Int64 = 60_000
    /// From so many on those are forgotten whose time is over.
    private static let many = 1_000

    private enum Claim {
        /// Milliseconds of a clock that only goes on.
        case until(Int64)
        /// While that instance is being made.
        case instance(String)

        func holds(at now: Int64) -> Bool {
            if case .until(let end) = self { now < end } else { true }
        }
    }

    /// By ``Offer/hostKey``.
    private let claims = Mutex<[String: Claim]>([:])

    func isHeld(_ offer: Offer, at now: Int64) -> Bool {
        offer.isOneMachine && claims.withLock { $0[offer.hostKey]?.holds(at: now) ?? false }
    }

    /// - Returns: whether it may be wished for; what stands for many machines always may.
    func take(_ offer: Offer, at now: Int64) -> Bool {
        guard offer.isOneMachine else { return true }
        return claims.withLock { claims in
            if claims[offer.hostKey]?.holds(at: now) == true { return false }
            if claims.count >= Self.many { claims = claims.filter { $0.value.holds(at: now) } }
            claims[offer.hostKey] = .until(now + Self.length)
            return true
        }
    }

    /// It was not wished for after all.
    func drop(_ offer: Offer) {
        claims.withLock { claims in
            if case .until? = claims[offer.hostKey] { claims[offer.hostKey] = nil }
        }
    }

    /// Takes in what has become of a wish for it.
    func follow(_ instance: Instance, _ offer: Offer, at now: Int64) {
        guard offer.isOneMachine else { return }
        claims.withLock { claims in
            if [.intended, .creating].contains(instance.state) {
                claims[offer.hostKey] = .instance(instance.id)
            } else if case .instance(instance.id)? = claims[offer.hostKey] {
                let isFree = instance.state == .terminated && instance.providerId == nil && instance.failure != .refused
                claims[offer.hostKey] = isFree ? nil : .until(now + Self.length)
            }
        }
    }
}

extension Offer {
    /// Whether it is used up by renting it once.
    var isOneMachine: Bool { host != nil }
}
