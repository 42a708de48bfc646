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

    @Test("the cheapest come first, up to so many that are never used up, whatever their order and number")
    func ranked() {
        for round in 0..<200 {
            let count = Int.random(in: 0...1_500)
            let prices = 1...Int.random(in: 1...400)
            let offers = (0..<count).map { number in
                offer(
                    number, Double(Int.random(in: prices)),
                    isOneMachine: round.isMultiple(of: 2) || Int.random(in: 0..<60) > 0)
            }
            let sorted = offers.sorted { ($0.price, $0.key) < ($1.price, $1.key) }
            let most = sorted.prefix(OfferChoice.most)
            let many = most.indices.filter { !most[$0].isOneMachine }.prefix(OfferChoice.mostOfMany)
            let isEnough = many.count == OfferChoice.mostOfMany
            let expected = isEnough ? most.prefix(many.last.map { $0 + 1 } ?? 0) : most
            let found = choice(offers)
            #expect(found.ranked.map(\.offer.id) == expected.map(\.id))
            #expect(found.isCut == (sorted.count > OfferChoice.most && !isEnough))
        }
    }

    @Test("one machine is for one wish, for minutes or until it is not wished for; what is many is for all")
    func claims() {
        let (claims, one, many) = (OfferClaims(), offer(1, 1), offer(2, 1, isOneMachine: false))
        let end = OfferClaims.choice
        #expect(claims.take(one, at: 0) && !claims.take(one, at: end - 1))
        #expect(claims.isHeld(one, at: end - 1) && !claims.isHeld(offer(3, 1), at: 0))
        #expect(claims.take(many, at: 0) && claims.take(many, at: 0) && !claims.isHeld(many, at: 0))
        #expect(!claims.isHeld(one, at: end) && claims.take(one, at: end) && !claims.take(one, at: end + 1))
        // The same machine under another id.
        var other = offer(9, 2)
        other.host = one.host
        #expect(claims.isHeld(other, at: end + 1) && !claims.take(other, at: end + 1))
        claims.drop(one)
        #expect(claims.take(one, at: end + 2))
        // However many there were, those that count are known.
        for number in 10..<5_000 { #expect(claims.take(offer(number, 1), at: Int64(number) * 500)) }
        #expect(claims.isHeld(offer(4_999, 1), at: 2_500_000) && claims.isHeld(offer(4_500, 1), at: 2_500_000))
    }

    @Test("while it is being made it is nobody else's, then for a minute more; where nothing was made it is free")
    func follows() {
        let (claims, one, hour) = (OfferClaims(), offer(1, 1), Int64(3_600_000))
        let wish = Instance(id: "a", name: "n", provider: "acme", price: 1, currency: "USD", at: 0)
        #expect(claims.take(one, at: 0))
        claims.keep(one, for: "a")
        for state in [Instance.State.intended, .creating] {
            claims.follow(wish.moved(to: state, at: 0), one, at: 0)
            claims.drop(one)
            claims.drop(one, of: "b")
            #expect(!claims.take(one, at: hour))
        }
        // What becomes of another one says nothing.
        let other = Instance(id: "b", name: "m", provider: "acme", price: 1, currency: "USD", at: 0)
        claims.follow(other.moved(to: .terminated, at: 0), one, at: hour)
        #expect(claims.isHeld(one, at: hour))
        var made = wish.moved(to: .booting, at: hour)
        made.providerId = "i"
        claims.follow(made, one, at: hour)
        // What is told late takes it from nobody.
        claims.follow(wish.moved(to: .creating, at: hour), one, at: hour)
        #expect(claims.isHeld(one, at: hour + 59_999) && claims.take(one, at: hour + 60_000))
        for (failure, isHeld) in [(Instance.Failure?.none, false), (.refused, true)] {
            claims.keep(one, for: "a")
            claims.follow(wish.ended("x", as: failure, at: hour), one, at: hour)
            #expect(claims.isHeld(one, at: hour + 1) == isHeld)
        }
        claims.keep(one, for: "b")
        claims.drop(one, of: "b")
        #expect(!claims.isHeld(one, at: hour))
    }
}
