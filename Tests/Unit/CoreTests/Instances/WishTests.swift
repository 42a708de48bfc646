import Market
import Operations
import Testing

@testable import Core

@Suite("What does for a wish")
struct WishTests {
    private func offers() -> [Offer] {
        var all = ["RTX 4090", "A100 80GB", "A100 80GB"].enumerated().map { number, model in
            var offer = FakeMarket.offer("o\(number)", Double(number + 1))
            (offer.gpuModel, offer.gpus, offer.vram) = (model, 1, 24 << 30)
            return offer
        }
        (all[0].region, all[0].country) = ("EU-SE-1", nil)
        (all[1].region, all[1].country) = ("Sweden, SE", "SE")
        (all[2].cpus, all[2].spot) = (4, true)
        return all + [FakeMarket.offer("bare", 0.1)]
    }

    private func met(_ change: (inout OfferWish) -> Void) -> [String] {
        var input = OfferWish()
        change(&input)
        return RentWish(input).met(by: offers()).map(\.id)
    }

    @Test("model, price, room, region and spot; what is not said does not count against an offer")
    func met() {
        #expect(met { _ in } == ["bare"])
        #expect(met { $0.gpus = 1 } == ["o0", "o1"])
        #expect(met { ($0.gpuModel, $0.spot) = ("a100", true) } == ["o1", "o2"])
        #expect(met { ($0.gpuModel, $0.maxPrice) = ("4090", 0.9) } == [])
        #expect(met { ($0.gpuModel, $0.cpus, $0.spot) = ("A100", 8, true) } == ["o1"])
        #expect(met { ($0.gpus, $0.region) = (1, "se") } == ["o0", "o1"])
        #expect(met { ($0.gpus, $0.region) = (1, "EU") } == ["o0"])
        #expect(met { ($0.gpus, $0.region) = (1, "US") } == [])
        // A card of 24 GB has a little less.
        #expect(met { $0.vram = 24_500 << 20 } == ["o0", "o1"])
        #expect(met { $0.vram = 26 << 30 } == [])
    }
}
