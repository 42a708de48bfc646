import CallProtocol
import Market
import Synchronization

/// Offers as they were listed a moment ago: a queue asks for the same again and again, and providers limit how often they are
/// asked.
final class OfferBook: Sendable {
    private struct Page: Sendable {
        var offers: Result<Offer, CallError>
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

    /// The cheapest that does for it.
    func best(_ rent: WorkloadRent) async throws(CallError) -> Offer {
        let (key, now) = (Key(wish: rent.wish, provider: rent.provider), core.clock.monotonic())
        if let page = pages.withLock({ $0[key] }), now - page.askedAt < Self.age { return try page.offers.get() }
        let found: Result<Offer, CallError>
        do throws(CallError) {
            found = .success(try await Renting(core: core).offer(rent.wish, rent.provider))
        } catch { found = .failure(error) }
        pages.withLock { pages in
            if pages.count >= Self.pages { pages = pages.filter { now - $0.value.askedAt < Self.age } }
            pages[key] = Page(offers: found, askedAt: now)
        }
        return try found.get()
    }
}
