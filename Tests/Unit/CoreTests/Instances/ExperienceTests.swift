import Market
import Testing

@testable import Core

@Suite("What machines that were rented before tell of offers")
struct ExperienceTests {
    private func offer(
        _ id: String, _ price: Double = 1, model: String? = nil, host: String? = nil, spot: Bool = false
    ) -> Offer {
        var offer = FakeMarket.offer(id, price)
        (offer.gpuModel, offer.gpus, offer.host, offer.spot) = (model, model == nil ? 0 : 1, host, spot)
        return offer
    }

    private func instance(_ times: [Instance.State: Int64] = [:]) -> Instance {
        var instance = Instance(id: "i", name: "n", provider: "acme", price: 1, currency: "USD", at: 0)
        for (state, time) in times { instance.times[state.rawValue] = time }
        return instance
    }

    private func failed(_ failure: Instance.Failure, at now: Int64) -> Instance {
        instance().ended("x", another: true, as: failure, at: now)
    }

    private let minute: Int64 = 60_000

    @Test("what a provider does not say of an offer is what others of its kind had, and the most of them")
    func shapes() {
        var (experience, wish) = (RentExperience(), RentWish())
        (wish.cpus, wish.memory) = (16, 64 << 30)
        let large = offer("a", model: "A100")
        #expect(experience.lack(of: large, for: wish) == nil)
        for (cpus, memory) in [(4, 8), (8, 128), (6, 16)] {
            var was = instance()
            was.shape = MachineShape(cpus: cpus, memory: Int64(memory) << 30)
            experience.learn(was, offer("b", model: "A100"), image: "i", after: nil)
        }
        #expect(experience.lack(of: large, for: wish) == "processors")
        wish.cpus = 8
        #expect(experience.lack(of: large, for: wish) == nil)
        wish.memory = 129 << 30
        #expect(experience.lack(of: large, for: wish) == "memory")
        #expect(experience.lack(of: offer("a", model: "H100"), for: wish) == nil)
        // What the provider does say holds.
        var told = large
        (told.cpus, told.memory) = (64, 512 << 30)
        #expect(experience.lack(of: told, for: wish) == nil)
    }

    @Test(
        "a host that failed comes last for a while, longer each time, is left out at the third, and is forgiven by work"
    )
    func hosts() {
        var experience = RentExperience()
        let (bad, good) = (offer("1", 0.1, host: "h"), offer("2", 0.2, host: "g"))
        func best(_ now: Int64) -> String? {
            OfferChoice([bad, good], for: RentWish(), by: experience, at: now).ranked.first?.offer.id
        }
        #expect(best(0) == "1")
        experience.learn(failed(.absent, at: 0), bad, image: "i", after: nil)
        #expect(best(29 * minute) == "2" && best(30 * minute) == "1")
        #expect(OfferChoice([bad], for: RentWish(), by: experience, at: minute).ranked.first?.offer.id == "1")
        // Under another id, the same machine.
        experience.learn(failed(.lost, at: 40 * minute), offer("9", host: "h"), image: "i", after: nil)
        #expect(best(99 * minute) == "2" && best(100 * minute) == "1")
        experience.learn(failed(.absent, at: 100 * minute), bad, image: "i", after: nil)
        let alone = OfferChoice([bad], for: RentWish(), by: experience, at: 101 * minute)
        #expect(alone.ranked.isEmpty)
        #expect(alone.leftOut == ["an offer is left out whose machines did not come again and again"])
        // That it came is not enough.
        experience.learn(instance([.active: 102 * minute]), bad, image: "i", after: instance())
        #expect(best(103 * minute) == "2")
        var worked = instance([.active: 102 * minute])
        worked.hasWorked = true
        experience.learn(worked, bad, image: "i", after: instance())
        #expect(best(103 * minute) == "1")
    }

    @Test(
        "a refusal counts for two minutes; what a spot offer lost, and what was too small, does not count against a host"
    )
    func mild() {
        var experience = RentExperience()
        let offer = offer("1", spot: true)
        var taken = failed(.lost, at: 0)
        taken.isTakenBack = true
        for instance in [taken, failed(.small, at: 0)] {
            experience.learn(instance, offer, image: "i", after: nil)
        }
        #expect(experience.standing(of: offer, at: 1) == .good)
        experience.learn(failed(.refused, at: 0), offer, image: "i", after: nil)
        #expect(experience.standing(of: offer, at: 1) == .last)
        #expect(experience.standing(of: offer, at: 2 * minute) == .good)
        // One GPU was offered, and there is none.
        var lame = failed(.small, at: 0)
        lame.shape = MachineShape(cpus: 8, memory: 0, gpus: 0)
        experience.learn(lame, self.offer("2", model: "A100"), image: "i", after: nil)
        #expect(experience.standing(of: self.offer("2", model: "A100"), at: 29 * minute) == .last)
        for _ in 0..<20 { experience.learn(failed(.refused, at: 0), offer, image: "i", after: nil) }
        #expect(experience.standing(of: offer, at: 59 * minute) == .last)
        #expect(experience.standing(of: offer, at: 60 * minute) == .good)
    }

    @Test("nothing is learned twice of the same instance")
    func once() {
        var experience = RentExperience()
        let lost = failed(.absent, at: 0)
        experience.learn(lost, offer("1"), image: "i", after: instance())
        for _ in 0..<5 { experience.learn(lost, offer("1"), image: "i", after: lost) }
        #expect(experience.standing(of: offer("1"), at: minute) == .last)
        var came = instance([.booting: 0, .enrolled: 1_000])
        for _ in 0..<5 {
            experience.learn(came, offer("1"), image: "i", after: came)
            came.words = "x"
        }
        #expect(experience.bootLimit("acme", image: "i", longest: 10 * minute) == 10 * minute)
    }

    @Test(
        "a machine may take three times as long as the slowest of the last ones, two minutes at least, never longer than it might"
    )
    func boots() {
        var experience = RentExperience()
        func came(_ seconds: Int64, _ image: String = "i") {
            experience.learn(
                instance([.booting: 5_000, .enrolled: 5_000 + seconds * 1_000]), offer("1"), image: image, after: nil)
        }
        func limit(_ image: String = "i") -> Int64 {
            experience.bootLimit("acme", image: image, longest: 10 * minute) / 1_000
        }
        came(50)
        came(70)
        #expect(limit() == 600)
        came(60)
        #expect(limit() == 210)
        #expect(limit("other") == 600)
        #expect(experience.bootLimit("else", image: "i", longest: minute) == minute)
        for _ in 0..<20 { came(5) }
        #expect(limit() == 120)
        came(500)
        #expect(limit() == 600)
    }
}
