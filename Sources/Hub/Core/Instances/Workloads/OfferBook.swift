import CallProtocol
import Market
import Synchronization

/// Offers as they were listed a moment ago: a queue asks for the same again and again, and providers limit how often they are
/// asked.
final class OfferBook: Sendable {
    private struct Page: Sendable {
        var offer: Result<Offer, CallError>
        /// How it was thought of.
        var standing = RentExperience.Standing.good
        /// Milliseconds of a clock that only goes on.
        var askedAt: Int64
    }

    private struct Key: Hashable {
        var wish: RentWish
        var provider: String?
    }

    /// How long a listing is believed, in milliseconds.
    private static let age: Int64 = 30_000
    /// Different wishes that are remembered, at most.
    private static let pages = 1_000

    private let core: HubCore
    private let pages = Mutex<[Key: Page]>([:])

    init(core: HubCore) { self.core = core }

    /// The best that does for a wish, of one provider or of all.
    func best(_ wish: RentWish, _ provider: String?) async throws(CallError) -> Offer {
        let (key, now) = (Key(wish: wish, provider: provider), core.clock.monotonic())
        if let page = pages.withLock({ $0[key] }), now - page.askedAt < Self.age {
            let offer = try page.offer.get()
            let (experience, time) = (core.rentals.experience, core.clock.now())
            // What was learned since may have made another one better.
            if experience.lack(of: offer, for: wish) == nil,
                experience.standing(of: offer, at: time) <= page.standing
            {
                return offer
            }
        }
        var page = Page(offer: .failure(CallError(.internalError, "")), askedAt: now)
        do throws(CallError) {
            let offer = try await Renting(core: core).offer(wish, provider)
            page.offer = .success(offer)
            page.standing = core.rentals.experience.standing(of: offer, at: core.clock.now())
        } catch { page.offer = .failure(error) }
        pages.withLock { pages in
            if pages.count >= Self.pages { pages = pages.filter { now - $0.value.askedAt < Self.age } }
            pages[key] = page
        }
        return try page.offer.get()
    }
}
