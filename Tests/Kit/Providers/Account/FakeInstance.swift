package import CallProtocol

/// A rented instance as its provider knows it.
package struct FakeInstance: Sendable {
    package enum Phase: String, Sendable, Hashable, CaseIterable {
        case provisioning, starting, running, stopped, failed, terminated
    }

    package let id: String
    /// The name or label; not unique, as with the real ones.
    package var name: String
    /// Put there by a test and not by a request: somebody else's, with the same account.
    package let isPlanted: Bool
    package let image: String
    /// What the request asked for, which the provider shows to whoever reads the instance.
    package let env: [String: String]
    /// All that a process inside sees: `env`, and what the provider adds.
    package var containerEnv: [String: String]
    /// What runs inside, as words; empty for what the image runs by itself.
    package let command: [String]
    /// The body of the request; null for one that was planted.
    package let request: JSONValue
    /// What the provider's answers say of it whatever its phase.
    package var facts: JSONObject
    package var rates: InstanceRates
    /// Shown in place of the status of the phase, in the provider's words.
    package var shownStatus: String?
    package var outcome = BootOutcome.runs
    /// When the contract ends; then it stops and cannot be started again.
    package var contractEnd: Duration?
    /// How it may be hidden from readers, see ``Fault/delayedVisibility(_:)``.
    var hidden: Fault.Delay?

    /// Times are those of ``ProviderTime/now``.
    package let createdAt: Duration
    package private(set) var phase = Phase.provisioning
    package private(set) var phaseSince: Duration
    /// Looks at it since the phase began.
    var looks = 0
    package private(set) var startedAt: Duration?
    package private(set) var endedAt: Duration?
    package private(set) var charges: [InstanceCharge] = []

    package init(
        id: String, name: String, isPlanted: Bool = false, image: String, env: [String: String],
        containerEnv: [String: String], command: [String], request: JSONValue, facts: JSONObject, rates: InstanceRates,
        contractEnd: Duration? = nil, createdAt: Duration
    ) {
        (self.id, self.name, self.isPlanted, self.image, self.env) = (id, name, isPlanted, image, env)
        (self.containerEnv, self.command, self.request) = (containerEnv, command, request)
        (self.facts, self.rates, self.contractEnd) = (facts, rates, contractEnd)
        (self.createdAt, phaseSince) = (createdAt, createdAt)
        charges = [rates.charge(.provisioning, from: createdAt)].compactMap(\.self)
    }

    /// Whether it still exists, and may cost.
    package var exists: Bool { phase != .terminated }

    /// Dollars until `now`.
    package func spend(until now: Duration) -> Double {
        charges.reduce(0) { $0 + $1.amount(from: .zero, until: now).total }
    }

    /// Enters a phase; money is counted anew from then on.
    mutating func enter(_ phase: Phase, at moment: Duration) {
        guard phase != self.phase, exists else { return }
        (self.phase, phaseSince, looks) = (phase, moment, 0)
        if phase == .running { startedAt = moment }
        if phase == .terminated { endedAt = moment }
        recharge(at: moment)
    }

    /// Begins a new charge by the rates and the phase of now.
    mutating func recharge(at moment: Duration) {
        if let last = charges.indices.last, charges[last].until == nil { charges[last].until = moment }
        if let charge = rates.charge(phase, from: moment) { charges.append(charge) }
    }
}
