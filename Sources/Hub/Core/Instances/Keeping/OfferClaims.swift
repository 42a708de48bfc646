import Market
import Synchronization

/// Which machines are being rented: of wishes for offers of the same one all but one would be refused, or take it away.
///
/// One is claimed when it is chosen, from the row on for as long as its provider has not answered the create, and a minute more:
/// by then the provider does not list it any more.
final class OfferClaims: Sendable {
    /// How long a claim holds after its provider has answered, in milliseconds.
    static let length: Int64 = 60_000
    /// How long one holds that is chosen and never wished for, in milliseconds: longer than it takes to choose for a queue.
    static let choice: Int64 = 300_000
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
    func take(_ offer: Offer, at now: Int64, for length: Int64 = choice) -> Bool {
        guard offer.isOneMachine else { return true }
        return claims.withLock { claims in
            if claims[offer.hostKey]?.holds(at: now) == true { return false }
            if claims.count >= Self.many { claims = claims.filter { $0.value.holds(at: now) } }
            claims[offer.hostKey] = .until(now + length)
            return true
        }
    }

    /// It is that instance's from now on, which is about to be written down.
    func keep(_ offer: Offer, for instance: String) {
        guard offer.isOneMachine else { return }
        claims.withLock { $0[offer.hostKey] = .instance(instance) }
    }

    /// It was not wished for after all.
    /// - Parameter instance: what it was to be.
    func drop(_ offer: Offer, of instance: String? = nil) {
        claims.withLock { claims in
            switch claims[offer.hostKey] {
            case .until: claims[offer.hostKey] = nil
            case .instance(let id) where id == instance: claims[offer.hostKey] = nil
            case .instance, nil: break
            }
        }
    }

    /// Takes in what has become of an instance, in whatever order that is told.
    func follow(_ instance: Instance, _ offer: Offer, at now: Int64) {
        guard offer.isOneMachine, !instance.isBeingMade else { return }
        claims.withLock { claims in
            guard case .instance(instance.id)? = claims[offer.hostKey] else { return }
            let isFree = instance.state == .terminated && instance.providerId == nil && instance.failure != .refused
            claims[offer.hostKey] = isFree ? nil : .until(now + Self.length)
        }
    }
}

extension Instance {
    /// Whether its provider has not answered yet.
    var isBeingMade: Bool { [.intended, .creating].contains(state) }
}

extension Offer {
    /// Whether it is used up by renting it once.
    var isOneMachine: Bool { host != nil }
}
