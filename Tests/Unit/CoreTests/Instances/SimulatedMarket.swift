import Market

@testable import Core

/// A provider that goes wrong in every way that providers do, on a clock of its own; a seed decides when.
struct SimulatedMarket {
    struct Machine {
        var id: String
        var name: String
        var madeAt: Int64
        /// Not listed before.
        var visibleAt: Int64
        var endedAt: Int64?
        /// Listed until then although it has ended.
        var lingersUntil: Int64 = 0
    }

    enum Listing {
        case good([RentedInstance])
        /// It failed, or cannot be believed.
        case unknown
    }

    var machines: [Machine] = []
    var random: SeededGenerator
    /// 0 to 1: how often something goes wrong.
    var trouble: Double
    private var nextID = 1

    init(seed: UInt64, trouble: Double) {
        random = SeededGenerator(seed: seed)
        self.trouble = trouble
    }

    var running: [Machine] { machines.filter { $0.endedAt == nil } }

    mutating func chance(_ odds: Double) -> Bool { Double.random(in: 0..<1, using: &random) < odds }

    /// Nil where the answer is lost with the process.
    mutating func create(_ name: String, at now: Int64) -> CreateOutcome {
        if chance(trouble / 4) { return .refused(.backOff, words: "too fast") }
        if chance(trouble / 4) { return .refused(.nextOffer, words: "taken") }
        if chance(trouble / 4) { return .unclear(words: "500") }
        let delay: Int64 = chance(trouble) ? Int64.random(in: 0...100_000, using: &random) : 0
        machines.append(Machine(id: "i\(nextID)", name: name, madeAt: now, visibleAt: now + delay))
        nextID += 1
        return chance(trouble) ? .unclear(words: "500 after success") : .created(id: "i\(nextID - 1)")
    }

    mutating func list(at now: Int64) -> Listing {
        if chance(trouble / 2) { return .unknown }
        return .good(
            machines.filter { $0.visibleAt <= now && ($0.endedAt == nil || $0.lingersUntil > now) }.map { machine in
                var shown = RentedInstance(id: machine.id, status: machine.endedAt == nil ? .running : .terminating)
                shown.name = machine.name
                return shown
            })
    }

    /// Nil for what is not there.
    mutating func get(_ id: String) -> RentedInstance? {
        machines.first { $0.id == id && $0.endedAt == nil }.map { machine in
            var shown = RentedInstance(id: id, status: .running)
            shown.name = machine.name
            return shown
        }
    }

    /// Words of a refusal; nil where it says that it was done, which may not be so.
    mutating func terminate(_ id: String, at now: Int64) -> String? {
        if chance(trouble / 3) { return "busy" }
        // 404, although it is there.
        if chance(trouble / 3) { return nil }
        if let place = machines.firstIndex(where: { $0.id == id && $0.endedAt == nil }) {
            machines[place].endedAt = now
            machines[place].lingersUntil = chance(trouble) ? now + 60_000 : now
        }
        return chance(trouble / 3) ? "lost" : nil
    }
}
