import Market
import Testing

@testable import Core

@Suite("The time line of a rent")
struct InstanceTimelineTests {
    private func instance(_ state: Instance.State, _ change: (inout Instance) -> Void = { _ in }) -> Instance {
        var instance = Instance(id: "1", name: "capstan-1", provider: "p", price: 1, currency: "USD", at: 1_000)
        let order: [Instance.State] = [.creating, .booting, .enrolled, .active]
        for (place, next) in order.enumerated() where instance.state != state {
            instance = instance.moved(to: next, at: Int64(place + 2) * 1_000)
        }
        if instance.state != .intended { instance.askedAt = 2_000 }
        if instance.time(.booting) != nil { instance.providerId = "i1" }
        change(&instance)
        return instance
    }

    private func steps(
        _ instance: Instance, firstExec: Int64? = nil, isAwaited: Bool = true, at now: Int64 = 9_000
    ) -> [String] {
        instance.timeline(since: 500, firstExec: firstExec, isAwaited: isAwaited, at: now).map { step in
            let names = ([step.phase] + step.including).map(\.rawValue).joined(separator: "+")
            return "\(names) \(step.start) \(step.milliseconds)" + (step.isOpen ? " open" : "")
        }
    }

    @Test("each phase has its time, and the one that goes on is open")
    func phases() {
        #expect(steps(instance(.intended)) == ["offer 500 8500 open"])
        #expect(steps(instance(.creating)) == ["offer 500 1500", "create 2000 7000 open"])
        #expect(steps(instance(.booting)).last == "boot 3000 6000 open")
        #expect(steps(instance(.booting) { $0.startedAt = 3_400 }).last == "pull 3400 5600 open")
        let all = instance(.active) { ($0.startedAt, $0.beganAt) = (3_400, 3_700) }
        #expect(
            steps(all, firstExec: 5_600) == [
                "offer 500 1500", "create 2000 1000", "boot 3000 400", "pull 3400 300", "dial-home 3700 300",
                "verify 4000 1000", "first-exec 5000 600",
            ])
        #expect(steps(all).last == "first-exec 5000 4000 open")
        #expect(steps(all, isAwaited: false).last == "verify 4000 1000", "nothing is to run on it")
    }

    @Test("what is not known lies in the phase before it, and says so; what comes later is believed")
    func unknown() {
        #expect(steps(instance(.enrolled)).dropFirst(2).first == "boot+pull+dial-home 3000 1000")
        #expect(steps(instance(.enrolled) { $0.beganAt = 3_700 }).dropFirst(2).first == "boot+pull 3000 700")
        #expect(steps(instance(.enrolled) { $0.startedAt = 3_100 }).dropFirst(3).first == "pull+dial-home 3100 900")
        // The listing that showed it as running came after its first line.
        let late = instance(.enrolled) { ($0.startedAt, $0.beganAt) = (3_900, 3_200) }
        #expect(steps(late).dropFirst(2) == ["boot+pull 3000 200", "dial-home 3200 800", "verify 4000 5000 open"])
        // Asked for again after a refusal.
        let again = instance(.creating).moved(to: .intended, at: 6_000)
        #expect(steps(again) == ["offer 500 8500 open"])
        // Clocks that were set back make nothing negative.
        let wrong = instance(.active) { $0.beganAt = 90_000 }
        #expect(wrong.timeline(since: 500, firstExec: 1, isAwaited: true, at: 0).allSatisfy { $0.milliseconds >= 0 })
    }

    @Test("what came to nothing ends with the phase that it came to")
    func ends() {
        let absent = instance(.booting).ended("did not come", at: 7_000)
        #expect(steps(absent, at: 99_000).last == "boot 3000 4000")
        let refused = instance(.creating).ended("sold out", at: 2_500)
        #expect(steps(refused, at: 99_000) == ["offer 500 1500", "create 2000 500"])
        let released = instance(.active).ended("released", at: 7_000)
        #expect(steps(released, at: 99_000).last == "verify 4000 1000")
    }

    @Test("a listing tells once that it starts, and its spoke once since when its container runs")
    func learned() throws {
        let machine = InstanceMachine()
        func sight(_ status: RentedInstance.Status, at now: Int64) -> InstanceSight {
            var found = RentedInstance(id: "i1", status: status)
            found.name = "capstan-1"
            return InstanceSight(now: now, listing: .init(begunAt: now, instances: [found]), isFrozen: false)
        }
        let booting = instance(.booting)
        guard case .wait = machine.next(booting, sight(.provisioning, at: 3_500)) else {
            return #expect(Bool(false))
        }
        guard case .change(let started) = machine.next(booting, sight(.starting, at: 3_600)) else {
            return #expect(Bool(false))
        }
        #expect(started.startedAt == 3_600 && started.state == .booting)
        guard case .wait = machine.next(started, sight(.running, at: 3_900)) else { return #expect(Bool(false)) }
        #expect(booting.began(3_700).beganAt == 3_700)
        #expect(booting.began(2_500).beganAt == 3_000, "it ran before the provider had answered")
        #expect(booting.began(1_000).beganAt == nil, "nothing had been asked for")
        #expect(booting.began(3_700).began(3_800).beganAt == 3_700)
    }

    @Test("a spot machine at work that its provider takes back says so; another, or one that failed, is just gone")
    func spot() {
        func loss(_ status: RentedInstance.Status?, isSpot: Bool = true, _ words: String? = nil) -> Instance {
            let found = status.map { status in
                var found = RentedInstance(id: "i1", status: status)
                found.message = words
                return found
            }
            return instance(.active).lost(found, isSpot: isSpot, at: 9_000)
        }
        let outbid = loss(.stopped, "outbid")
        #expect(outbid.ending == "taken back by p (spot): outbid" && outbid.isTakenBack && outbid.state == .terminating)
        #expect(loss(nil).ending == "taken back by p (spot): it does not list it any more")
        #expect(loss(.terminated).ending == "taken back by p (spot): it calls it terminated")
        let failed = loss(.failed, "disk")
        #expect(failed.ending == "p calls it failed: disk" && !failed.isTakenBack)
        #expect(loss(.stopped, isSpot: false).ending == "p calls it stopped")
        let young = instance(.booting).lost(nil, isSpot: true, at: 9_000)
        #expect(young.ending == "p does not list it any more" && young.wantsAnother && !young.isTakenBack)
        let unwanted = instance(.active).released("released by ann", force: false, at: 6_000)
        #expect(unwanted.lost(nil, isSpot: true, at: 9_000).ending == "released by ann")
    }
}
