import CallProtocol
import Core
import Formats
import Mapping
package import Market
import Operations

extension ProviderService: MarketSource {
    package var markets: [any Market] { rentals }

    package func market(_ name: String) -> (any Market)? { rental(name) }
}

extension ProviderService {
    /// Providers that machines can be rented from.
    package var rentals: [RentalProvider] { all.compactMap { RentalProvider($0, caller($0)) } }

    /// The one of that name.
    package func rental(_ name: String) -> RentalProvider? { provider(name).flatMap { RentalProvider($0, caller($0)) } }

    private static let offersShown = 100

    /// What all providers rent out that fits. One that does not answer is told, and the others count.
    func offers(_ input: ProviderOffersInput) async throws -> ProviderOffers {
        try requireLoaded()
        let asked: [RentalProvider]
        if let name = input.wish.provider {
            let known = try known(name)
            guard let rental = RentalProvider(known, caller(known)) else {
                throw CallError(
                    .failedPrecondition,
                    "no machines are rented from \(name): its mapping has no `rent`, see Docs/mappings.md")
            }
            asked = [rental]
        } else {
            asked = rentals
        }
        let wish = RentWish(input.wish)
        let found = await withTaskGroup(of: (ProviderListing, [Offer]).self) { group in
            for rental in asked { group.addTask { await Self.listing(rental, wish) } }
            var all: [(ProviderListing, [Offer])] = []
            for await one in group { all.append(one) }
            return all.sorted { $0.0.name < $1.0.name }
        }
        let offers = found.flatMap(\.1).sorted { ($0.price, $0.provider, $0.id) < ($1.price, $1.provider, $1.id) }
        return ProviderOffers(
            offers: offers.prefix(input.limit ?? Self.offersShown).map(OfferView.init), providers: found.map(\.0))
    }

    /// How long one provider is waited for: shorter than who asks waits for all.
    private static let patience = Duration.seconds(20)

    private static func listing(_ rental: RentalProvider, _ wish: RentWish) async -> (ProviderListing, [Offer]) {
        var listing = ProviderListing(name: rental.name, offers: 0, listedAt: RFC3339.string(RFC3339.now()))
        do {
            let found = try await rental.offers(wish, within: patience)
            listing.offers = found.offers.count
            listing.partial = found.isPartial ? true : nil
            listing.unreadable = found.unreadable > 0 ? found.unreadable : nil
            return (listing, found.offers)
        } catch {
            listing.fault = rental.words(error)
            return (listing, [])
        }
    }
}

extension OfferView {
    init(_ offer: Offer) {
        self.init(
            id: offer.id, provider: offer.provider, price: offer.price, currency: offer.currency, gpus: offer.gpus,
            spot: offer.spot, availability: offer.availability.rawValue)
        (gpuModel, vram, cpus, memory, disk) = (offer.gpuModel, offer.vram, offer.cpus, offer.memory, offer.disk)
        (region, country, reliability) = (offer.region, offer.country, offer.reliability)
        expires = offer.expires.map { RFC3339.string($0 * 1_000) }
    }
}
