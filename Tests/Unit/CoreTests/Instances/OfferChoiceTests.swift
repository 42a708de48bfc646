import Market
import Testing

@testable import Core

@Suite("The best of what is offered, and who it is for")
struct OfferChoiceTests {
    private func offer(_ number: Int, _ price: Double, isOneMachine: Bool = true) -> Offer {
        var offer = FakeMarket.offer("o\(number)", price)
        if isOneMachine { offer.host = "h\(number)" }
        return offer
    }

    private func choice(_ offers: [Offer]) -> OfferChoice {
        OfferChoice(offers, for: RentWish(), by: RentExperience(), at: 0)
    }

    @Test("the cheapest come first, up to the first that is never used up, whatever their order and number")
    func ranked() {
        for round in 0..<200 {
            let count = Int.random(in: 0...1_500)
            let prices = 1...Int.random(in: 1...400)
            let offers = (0..<count).map { number in
                offer(
                    number, Double(Int.random(in: prices)),
                    isOneMachine: round.isMultiple(of: 2) || Int.random(in: 0..<300) > 0)
            }
            let sorted = offers.sorted { ($0.price, $0.key) < ($1.price, $1.key) }
            let end = sorted.firstIndex { !$0.isOneMachine }
            let expected = end.map { sorted[...$0] } ?? sorted[...]
            let found = choice(offers)
            #expect(found.ranked.map(\.offer.id) == expected.prefix(OfferChoice.most).map(\.id))
            #expect(found.isCut == (expected.count > OfferChoice.most))
        }
    }

    @Test("one machine is for one wish, for a minute or until it is not wished for; what is many is for all")
    func claims() {
        let (claims, one, many) = (OfferClaims(), offer(1, 1), offer(2, 1, isOneMachine: false))
        #expect(claims.take(one, at: 0) && !claims.take(one, at: 59_999))
        #expect(claims.isHeld(one, at: 59_999) && !claims.isHeld(offer(3, 1), at: 0))
        #expect(claims.take(many, at: 0) && claims.take(many, at: 0) && !claims.isHeld(many, at: 0))
        #expect(!claims.isHeld(one, at: 60_000) && claims.take(one, at: 60_000) && !claims.take(one, at: 60_001))
        claims.drop(one)
        #expect(claims.take(one, at: 60_002))
        // However many there were, those that count are known.
        for number in 10..<5_000 { #expect(claims.take(offer(number, 1), at: Int64(number) * 100)) }
        #expect(claims.isHeld(offer(4_999, 1), at: 500_000) && claims.isHeld(offer(4_500, 1), at: 500_000))
    }
}
