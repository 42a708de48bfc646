import CallProtocol
import Market
import Synchronization

/// Offers as they were listed a moment ago: a queue asks for the same again and again, and providers limit how often they are
/// asked.
final class OfferBook: Sendable {
    private struct Page: Sendable {
        var choice: Result<OfferChoice, CallError>
        /// Milliseconds of a clock that only goes on.
        var askedAt: Int64
    }

    /// What is asked for.
    struct Key: Hashable {
        var wish: RentWish
        /// Nil for any.
        var provider: String?
    }

    /// How long a listing is believed, in milliseconds.
    private static let age: Int64 = 30_000
    /// Different wishes that are remembered, at most.
    private static let pages = 1_000

    private let core: HubCore
    private let pages = Mutex<[Key: Page]>([:])

    init(core: HubCore) { self.core = core }

    /// The best that does for a wish, of one provider or of all, and no other wish is for. It is kept for this wish, see
    /// ``OfferClaims``.
    func best(_ wish: RentWish, _ provider: String?) async throws(CallError) -> Offer {
        let (key, now) = (Key(wish: wish, provider: provider), core.clock.monotonic())
        if let page = pages.withLock({ $0[key] }), now - page.askedAt < Self.age {
            let choice = try page.choice.get()
            if let offer = try claim(choice, wish) { return offer }
        }
        var page = Page(choice: .failure(CallError(.internalError, "")), askedAt: now)
        do throws(CallError) {
            page.choice = .success(try await Renting(core: core).offers(wish, provider))
        } catch { page.choice = .failure(error) }
        pages.withLock { pages in
            if pages.count >= Self.pages { pages = pages.filter { now - $0.value.askedAt < Self.age } }
            pages[key] = page
        }
        guard let offer = try claim(try page.choice.get(), wish) else { throw Renting.allAreClaimed }
        return offer
    }

    /// - Returns: nil where it is to be listed again: there is more than was kept, or what was learned since may have made
    ///   another one better.
    private func claim(_ choice: OfferChoice, _ wish: RentWish) throws(CallError) -> Offer? {
        let (claims, now) = (core.rentals.claims, core.clock.monotonic())
        let (experience, time) = (core.rentals.experience, core.clock.now())
        for known in choice.ranked where !claims.isHeld(known.offer, at: now) {
            guard experience.lack(of: known.offer, for: wish) == nil,
                experience.standing(of: known.offer, at: time) <= known.standing
            else { return nil }
            if claims.take(known.offer, at: now) { return known.offer }
        }
        if choice.isCut { return nil }
        throw Renting.allAreClaimed
    }
}
