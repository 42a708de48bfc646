import CallProtocol
import Market
import NIOCore
import Testing

@testable import Core

@Suite("An instance, from the wish for it to its proved end")
struct InstanceMachineTests {
    private let machine = InstanceMachine()

    private func fresh(_ state: Instance.State = .intended, _ change: (inout Instance) -> Void = { _ in }) -> Instance {
        var instance = Instance(id: "1", name: "capstan-1", provider: "p", price: 1, currency: "USD", at: 0)
        if state != .intended { instance = instance.moved(to: state, at: 0) }
        if [.booting, .enrolled, .active, .draining, .terminating].contains(state) { instance.providerId = "i1" }
        change(&instance)
        return instance
    }

    private func sight(
        _ now: Int64, listed: [RentedInstance]? = [], begun: Int64? = nil, frozen: Bool = false,
        node: InstanceSight.Node? = nil
    ) -> InstanceSight {
        InstanceSight(
            now: now, listing: listed.map { .init(begunAt: begun ?? now, instances: $0) }, isFrozen: frozen, node: node)
    }

    private func one(_ status: RentedInstance.Status = .running, id: String = "i1", name: String = "capstan-1")
        -> RentedInstance
    {
        var instance = RentedInstance(id: id, status: status)
        instance.name = name
        return instance
    }

    private func changed(_ step: InstanceMachine.Step) -> Instance? {
        if case .change(let instance) = step { instance } else { nil }
    }

    @Test("it is asked for once, with what was written before, and not where the provider cannot be listed")
    func intended() {
        guard case .create(let asked) = machine.next(fresh(), sight(5)) else { return #expect(Bool(false)) }
        #expect(asked.state == .creating && asked.askedAt == 5)
        // The process ends here: what was asked for is not asked for again, whatever comes.
        for now: Int64 in stride(from: 6, to: 2_000_000, by: 50_000) {
            if case .create = machine.next(asked, sight(now, listed: nil)) { Issue.record("asked twice") }
        }
        for blind in [sight(5, listed: nil), sight(5, frozen: true)] {
            guard case .wait = machine.next(fresh(), blind) else { return #expect(Bool(false)) }
        }
        let unwanted = changed(machine.next(fresh { $0.ending = "cancelled" }, sight(5, frozen: true)))
        #expect(unwanted?.state == .terminated)
        let later = machine.answered(asked, .refused(.backOff, words: "slow down"), at: 6)
        #expect(later.state == .intended)
        guard case .wait(let until?, _) = machine.next(later, sight(7)), until > 7 else { return #expect(Bool(false)) }
    }

    @Test("what may have been made is found by its name, or shown by a late enough listing not to be there")
    func unclear() {
        let lost = fresh(.creating) { $0.askedAt = 1_000 }
        #expect(changed(machine.next(lost, sight(2_000, listed: [one()])))?.providerId == "i1")
        // A listing from before the question says nothing, an early one without it no more.
        guard case .wait = machine.next(lost, sight(9_000_000, listed: [one()], begun: 999)),
            case .wait = machine.next(lost, sight(9_000_000, begun: 1_000 + 60_000 + 119_999))
        else { return #expect(Bool(false)) }
        let absent = changed(machine.next(lost, sight(9_000_000, begun: 1_000 + 60_000 + 120_000)))
        #expect(absent?.state == .terminated && absent?.ending?.contains("nothing was made") == true)
        let told = machine.answered(lost, .unclear(words: "500"), at: 3_000)
        #expect(
            told.state == .creating && changed(machine.next(told, sight(123_000)))?.ending?.hasPrefix("500;") == true)
        #expect(machine.answered(lost, .created(id: "i9"), at: 3_000).providerId == "i9")
        let refused = machine.answered(lost, .refused(.nextOffer, words: "no capacity"), at: 3_000)
        #expect(refused.state == .terminated && refused.ending == "no capacity")
    }

    @Test(
        "a spoke that comes is compared with what the provider says; one that does not come in time costs the instance")
    func boot() {
        let here = InstanceSight.Node(id: "n", reportedId: "i1", idleSince: nil)
        let booting = fresh(.booting)
        let enrolled = changed(machine.next(booting, sight(10, listed: [one()], node: here)))
        #expect(enrolled?.state == .enrolled && enrolled?.node == "n")
        let late = changed(machine.next(booting, sight(600_000, listed: [one()])))
        #expect(late?.state == .terminating && late?.ending?.contains("did not come within 600 s") == true)
        for status: RentedInstance.Status in [.failed, .stopped, .terminated] {
            #expect(changed(machine.next(booting, sight(10, listed: [one(status)])))?.state == .terminating)
        }
        guard case .wait = machine.next(booting, sight(10)) else {
            return #expect(Bool(false), "it may not be listed yet")
        }
        #expect(changed(machine.next(booting, sight(120_000)))?.ending?.contains("does not list it") == true)
        guard let enrolled else { return }
        #expect(machine.next(enrolled, sight(11, listed: [one()], node: here)) == .verify)
        for other in [nil, "i2"] {
            let node = InstanceSight.Node(id: "n", reportedId: other, idleSince: nil)
            #expect(changed(machine.next(enrolled, sight(11, listed: [one()], node: node)))?.state == .terminating)
        }
        #expect(machine.verified(enrolled, one(), at: 12).state == .active)
        #expect(machine.verified(enrolled, nil, at: 12).state == .terminating)
        #expect(machine.verified(enrolled, one(name: "else"), at: 12).state == .terminating)
        let unsure = machine.verified(enrolled, nil, failure: "503", at: 12)
        #expect(unsure.state == .enrolled && unsure.notBefore > 12)
        #expect(changed(machine.next(unsure, sight(200_000, listed: [one()], node: here)))?.state == .terminating)
    }

    @Test("one that idles is given back when its work has ended; one that the provider takes is gone")
    func life() {
        let idle = InstanceSight.Node(id: "n", reportedId: "i1", idleSince: 1_000)
        let busy = InstanceSight.Node(id: "n", reportedId: "i1", idleSince: nil)
        let active = fresh(.active)
        guard case .wait(601_000, _) = machine.next(active, sight(2_000, listed: [one()], node: idle)) else {
            return #expect(Bool(false))
        }
        #expect(changed(machine.next(active, sight(601_000, listed: [one()], node: idle)))?.state == .draining)
        #expect(changed(machine.next(active, sight(200_000, node: busy)))?.state == .terminating)
        let connected = InstanceSight.Node(id: "n", reportedId: "i1", idleSince: nil, isConnected: true)
        guard case .wait = machine.next(active, sight(200_000, node: connected)) else {
            return #expect(Bool(false), "what is connected is there, whatever is listed")
        }
        let unwanted = fresh(.draining) { $0.ending = "released" }
        guard case .wait = machine.next(unwanted, sight(5, listed: [one()], node: busy)) else {
            return #expect(Bool(false))
        }
        #expect(changed(machine.next(unwanted, sight(5, listed: [one()], node: idle)))?.state == .terminating)
        #expect(changed(machine.next(unwanted, sight(600_000, listed: [one()], node: busy)))?.state == .terminating)
    }

    @Test("times that a clock has left which was set back hold nothing up; what an older release stored is read")
    func clock() throws {
        let ahead = fresh(.terminating) { instance in
            (instance.ending, instance.endAskedAt, instance.endTries) = ("released", 90_000_000, 3)
        }
        guard let clamped = changed(machine.next(ahead, sight(10))) else { return #expect(Bool(false)) }
        #expect(clamped.endAskedAt == 10)
        guard case .terminate = machine.next(clamped, sight(60_011)) else { return #expect(Bool(false)) }
        let stored =
            #"{"id":"1","name":"n","provider":"p","price":1,"currency":"USD","state":"booting","providerId":"i","times":{"booting":5}}"#
        let read = try JSONCoding.decode(Instance.self, from: .init(string: stored))
        #expect(read.state == .booting && read.endTries == 0 && !read.wantsAnother && read.time(.booting) == 5)
        let whole = fresh(.terminating) { instance in
            (instance.ending, instance.endAskedAt, instance.successor) = ("e", 7, "s")
            (instance.tokenId, instance.words, instance.node, instance.unwantedAt) = ("t", "w", "n", 3)
            (instance.answeredAt, instance.endAnsweredAt, instance.notBefore, instance.endTries) = (4, 8, 9, 2)
            (instance.wantsAnother, instance.isKnownByName, instance.endedAt, instance.askedAt) = (true, true, 11, 1)
            (instance.startedAt, instance.beganAt, instance.isTakenBack) = (5, 6, true)
        }
        let text = try JSONCoding.encode(whole).description
        #expect(try JSONCoding.decode(Instance.self, from: .init(string: text)) == whole)
    }

    @Test("its end is proved by a listing that began after the question was over, and by nothing else")
    func end() {
        let ending = fresh(.terminating) { $0.ending = "released" }
        guard case .terminate(let asked) = machine.next(ending, sight(10, listed: [])) else {
            return #expect(Bool(false))
        }
        #expect(asked.endTries == 1 && asked.endAskedAt == 10)
        // Not found: that proves nothing.
        let answered = machine.endAnswered(asked, failure: nil, at: 20)
        guard case .wait = machine.next(answered, sight(21, begun: 19)) else { return #expect(Bool(false)) }
        let gone = changed(machine.next(answered, sight(30, begun: 25)))
        #expect(gone?.state == .terminated && gone?.endedAt == 25)
        guard case .terminate(let again) = machine.next(answered, sight(15_011, listed: [one()])) else {
            return #expect(Bool(false))
        }
        #expect(again.endTries == 2)
        let refused = machine.endAnswered(asked, failure: "busy", at: 20)
        guard case .wait = machine.next(refused, sight(30)), case .terminate = machine.next(refused, sight(16_000))
        else {
            return #expect(Bool(false), "a refusal is no end")
        }
        guard let gone, let back = changed(machine.next(gone, sight(99, listed: [one()]))) else {
            return #expect(Bool(false))
        }
        #expect(back.state == .terminating && back.endedAt == nil)
    }
}
