import Foundation
import TestKit

/// What the machines do to the fleet, and its keepers: disks, clocks, keys.
extension Nemesis {
    /// The faults of machines, one after the other. What this machine does not allow is left out.
    func strikeMachines(from start: ContinuousClock.Instant) async throws {
        for step in plan.ofMachines {
            try await ContinuousClock().sleep(until: start + .milliseconds(step.at))
            switch step.fault {
            case .fullDisk(let who, let time):
                guard let disk = fleet.disks[who.name] else { continue }
                ledger.count(step.fault.kind)
                ledger.filling(who.name)
                try await blocking { try disk.fill() }
                try await pause(time)
                try disk.free()
            // It stays as it is when all is over: a wrong clock is nothing that heals.
            case .clock(let who, let seconds):
                guard let clock = fleet.clocks[who.name] else { continue }
                ledger.count(step.fault.kind)
                try clock.shift(bySeconds: seconds)
            default: break
            }
        }
    }

    /// Those who trust the old key have to find the new one by themselves, also when the change is broken off.
    func giveNewKey(to who: Fault.Who) async throws {
        let noun = who == .hub ? "hub" : "spoke"
        let change = try fleet.start([noun, "rotate-key", "--state-dir", fleet.path(who.name)])
        let result = await change.wait(seconds: 3)
        switch result.code {
        case 0: ledger.count("keys changed")
        // It did not come to its end in time.
        case -1: ledger.count("changes of a key killed")
        case 69, 75: ledger.count("keys not changed, with a word")
        default: ledger.find("rotate-key of \(who.name) ended with \(result.code): \(result.err)")
        }
    }

    /// Whether a daemon did not start because its disk was full, and said so: it has to be started again, as a service
    /// manager would.
    func gaveUpForWantOfRoom(_ who: Fault.Who, _ result: Program.Result) -> Bool {
        let isSo = ledger.wasFull(who.name) && result.code == 75 && !result.text.contains("_started")
        guard isSo, result.err.contains("disk full") else { return false }
        ledger.note("\(who.name) did not start on a full disk")
        return true
    }
}
