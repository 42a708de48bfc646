import Core
import Market

/// A provider in memory with more offers than any real one lists, which makes what is asked for at once.
struct LargeMarket: Market, MarketSource {
    let name = "large"
    let currency = "USD"
    let idVariable: String? = "LARGE_ID"
    let selfRelease: SelfRelease? = nil
    private let all: [Offer]

    init(offers count: Int) {
        all = (0..<count).map { number in
            var offer = Offer(
                id: "o\(number)", provider: "large", price: 0.05 + Double(number * 7_919 % count) / 10_000,
                currency: "USD")
            (offer.gpuModel, offer.gpus) = (Self.models[number % Self.models.count], 1 + number / 7 % 4)
            (offer.cpus, offer.memory) = (Double(4 << (number % 5)), Int64(16 << (number % 4)) << 30)
            (offer.vram, offer.host) = (Int64(12 << (number % 3)) << 30, "h\(number / 2)")
            offer.region = Self.regions[number % Self.regions.count]
            return offer
        }
    }

    static let models = ["RTX 3090", "RTX 4090", "A100 80GB", "H100 SXM", "L40S", "A6000"]
    static let regions = ["US-KS-2", "EU-SE-1", "EU-RO-1", "CA-MTL-1"]

    var markets: [any Market] { [self] }
    func market(_ name: String) -> (any Market)? { name == self.name ? self : nil }

    func account() async throws -> String? { nil }

    func offers(_ wish: RentWish) async throws -> OfferList {
        var list = OfferList()
        list.offers = wish.met(by: all)
        return list
    }

    func create(_ order: RentOrder) async -> CreateOutcome { .created(id: order.name) }
    func instances() async throws -> [RentedInstance] { [] }
    func instance(_ id: String, name: String) async throws -> RentedInstance? { nil }
    func terminate(_ id: String, name: String) async throws {}
    func words(_ error: any Error) -> String { "\(error)" }
}
