import Market
import Testing

@testable import Core

/// Rents and gives back at a provider with all its faults, while the process that does it is killed again and again.
@Suite("Instances, through every loss")
struct InstanceCampaignTests {
    /// What drives the machine, as the hub does: rows that outlive it, and memory that does not.
    private struct Driver {
        var market: SimulatedMarket
        var rows: [Instance] = []
        var listing: InstanceSight.Listing?
        var now: Int64 = 0
        var creates: [String: Int] = [:]
        /// How often the process ends between a write and the next.
        var kills: Double
        let machine = InstanceMachine()
        /// Rows that were called ended while what they stand for ran. Nothing is shown later here than the machine waits
        /// for, so that there is no excuse.
        var leaks: [Instance] = []
        /// What happened on the way, so that a campaign that tries nothing does not pass.
        var killed = 0
        var lost = 0
        var retried = 0

        /// One look at a row. The process may end at each point where it waits for a write or a call.
        mutating func step(_ place: Int) {
            let row = rows[place]
            let known = market.machines.first { $0.name == row.name && $0.endedAt == nil }
            // Its spoke comes half a minute after it was made, and works for two minutes.
            let node = known.flatMap { known in
                known.madeAt + 30_000 <= now
                    ? InstanceSight.Node(
                        id: "n", reportedId: known.id,
                        idleSince: known.madeAt + 150_000 <= now ? known.madeAt + 150_000 : nil) : nil
            }
            let sight = InstanceSight(now: now, listing: listing, isFrozen: listing == nil, node: node)
            switch machine.next(row, sight) {
            case .wait: break
            case .change(let next): rows[place] = next
            case .create(let asked):
                if died() { return }
                rows[place] = asked
                if died() { return }
                creates[row.name, default: 0] += 1
                let outcome = market.create(row.name, at: now)
                if case .refused(.backOff, _) = outcome { creates[row.name] = 0 }
                if died() { return }
                rows[place] = machine.answered(asked, outcome, at: now)
            case .verify:
                let isLost = market.chance(market.trouble / 4)
                let found = market.get(row.providerId ?? "")
                if died() { return }
                rows[place] = machine.verified(row, found, failure: isLost ? "503" : nil, at: now)
            case .terminate(let asked):
                if died() { return }
                rows[place] = asked
                if died() { return }
                let failure = market.terminate(row.providerId ?? "", at: now)
                if died() { return }
                rows[place] = machine.endAnswered(asked, failure: failure, at: now)
            }
        }

        mutating func died() -> Bool {
            guard market.chance(kills) else { return false }
            killed += 1
            listing = nil
            now += 5_000
            return true
        }

        mutating func pass(_ milliseconds: Int64) {
            now += milliseconds
            for place in rows.indices {
                step(place)
                let row = rows[place]
                if row.state == .terminated, market.running.contains(where: { $0.name == row.name }) {
                    leaks.append(row)
                }
                if row.state == .creating, row.answeredAt == nil { lost += 1 }
                if row.state == .terminating, row.endTries > 1 { retried += 1 }
            }
        }

        mutating func list() {
            if case .good(let instances) = market.list(at: now) {
                listing = .init(begunAt: now, instances: instances)
            } else {
                listing = nil
            }
        }
    }

    @Test("nothing is left running, nothing is made twice for one wish, and every row ends", arguments: 0..<300)
    func campaign(_ seed: UInt64) {
        var driver = Driver(market: SimulatedMarket(seed: seed, trouble: 0.3), kills: 0.15)
        for round in 0..<400 {
            if round % 20 == 0, driver.rows.count < 8 {
                let name = "capstan-\(driver.rows.count)"
                driver.rows.append(
                    Instance(id: name, name: name, provider: "p", price: 1, currency: "USD", at: driver.now))
            }
            if round % 6 == 0 { driver.list() }
            driver.pass(10_000)
        }
        // The faults end; what they left must go by itself.
        (driver.market.trouble, driver.kills) = (0, 0)
        for round in 0..<200 {
            if round % 6 == 0 { driver.list() }
            driver.pass(10_000)
        }
        #expect(driver.leaks.isEmpty, "\(driver.leaks)")
        #expect(driver.market.machines.count > 1 && driver.killed > 1 && driver.lost + driver.retried > 0)
        #expect(driver.market.running.isEmpty, "\(driver.market.running)")
        #expect(driver.rows.allSatisfy { $0.state == .terminated }, "\(driver.rows.filter { $0.state != .terminated })")
        #expect(driver.creates.values.allSatisfy { $0 <= 1 }, "\(driver.creates)")
        let names = driver.market.machines.map(\.name)
        #expect(Set(names).count == names.count, "two machines for one wish")
    }
}
